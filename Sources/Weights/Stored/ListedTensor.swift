/// A tensor as a weight file lists it, whether it is VGG16's or not.
package struct ListedTensor: Sendable, Equatable {
  /// In the file: `/block1_conv1/block1_conv1_W_1:0`, `features.0.weight`.
  package let name: String
  /// In the file's own order of axes.
  package let shape: [Int]
  /// Of the elements: `float32`, `int64`; the format's own name where it is neither.
  package let type: String

  package init(name: String, shape: [Int], type: String) {
    self.name = name
    self.shape = shape
    self.type = type
  }

  /// "3×3×64×128", or "scalar".
  package var shapeDescription: String { shape.timesJoined }
}
