import Core
import Datasets

/// Makes of an image what goes into the network: decoded, resized, augmented and preprocessed.
struct ImageLoader: Sendable {
  let dataset: ImageDataset
  let split: Split
  let size: ImageSize
  let resizing: Resizing
  let preprocessing: Preprocessing

  /// Values of an image: height × width × 3.
  var length: Int { size.height * size.width * 3 }

  /// Fills `target` with an image's values.
  ///
  /// - Parameters:
  ///   - target: room for ``length`` values.
  ///   - index: the image's among the split's.
  ///   - content: the bytes of its file.
  ///   - augmentation: what is done to it; nil for the image itself.
  /// - Throws: `DatasetError` where it can't be decoded.
  func fill(
    _ target: UnsafeMutableBufferPointer<Float>, with index: Int, content: [UInt8], augmentation: Augmentation?
  ) throws {
    let image = try dataset.image(split, index, content: content, for: resizing.decodesFast ? size : nil)
      .resized(to: size, filter: resizing.filter, aspect: resizing.aspect).rgb
    if let augmentation {
      augmentation.apply(to: image, into: target)
      preprocessing.apply(toRGB: target)
    } else {
      preprocessing.apply(to: image, into: target)
    }
  }
}
