import Classification
import Core
import Datasets

/// Makes of a data set's image what goes into the network.
struct ImageLoader: Sendable {
  let dataset: ImageDataset
  let split: Split
  let preparation: InputPreparation

  /// Fills `target` with an image's values.
  ///
  /// - Parameters:
  ///   - target: room for as many values as the preparation makes.
  ///   - index: the image's among the split's.
  ///   - content: the bytes of its file.
  ///   - augmentation: what is done to it; nil for the image itself.
  /// - Throws: `DatasetError` where it can't be decoded.
  func fill(
    _ target: UnsafeMutableBufferPointer<Float>, with index: Int, content: [UInt8], augmentation: Augmentation?
  ) throws {
    preparation.fill(
      target, with: try dataset.image(split, index, content: content, for: preparation.decodingSize),
      augmentation: augmentation)
  }
}
