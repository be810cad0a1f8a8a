import Core

/// What a reader finds in a weight file, whatever its format.
package struct WeightContent: Sendable {
  /// For people: "ONNX", "Keras HDF5 (legacy)".
  package let format: String
  /// Everything in the file, in its order.
  package let tensors: [ListedTensor]
  /// In the order in which the image passes through them.
  package let chain: ConvolutionChain
  /// What weights in this format are made for, where that is a rule.
  package let preprocessing: Preprocessing?
  /// Whether the kernels are turned by 180°, where the file says.
  package var turned: Bool?
}
