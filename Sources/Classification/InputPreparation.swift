import Core
import FeatureStore

/// What becomes of a picture on its way into the network: it is resized, perhaps augmented, and preprocessed. The one place
/// where a pixel becomes a value.
package struct InputPreparation: Sendable {
  package let size: ImageSize
  package let resizing: Resizing
  package let preprocessing: Preprocessing

  package init(size: ImageSize, resizing: Resizing, preprocessing: Preprocessing) {
    (self.size, self.resizing, self.preprocessing) = (size, resizing, preprocessing)
  }

  package init(_ spec: FeatureSpec) {
    self.init(size: spec.inputSize, resizing: spec.resizing, preprocessing: spec.preprocessing)
  }

  /// Values of an image: height × width × 3.
  package var length: Int { size.height * size.width * 3 }

  /// What a picture may be decoded smaller for; nil: it is decoded in full.
  package var decodingSize: ImageSize? { resizing.decodesFast ? size : nil }

  /// Fills `target` with an image's values.
  ///
  /// - Parameters:
  ///   - target: room for ``length`` values.
  ///   - image: as it was decoded.
  ///   - augmentation: what is done to it; nil for the image itself.
  package func fill(_ target: UnsafeMutableBufferPointer<Float>, with image: Image, augmentation: Augmentation? = nil) {
    let image = image.resized(to: size, filter: resizing.filter, aspect: resizing.aspect).rgb
    if let augmentation {
      augmentation.apply(to: image, into: target)
      preprocessing.apply(toRGB: target)
    } else {
      preprocessing.apply(to: image, into: target)
    }
  }
}
