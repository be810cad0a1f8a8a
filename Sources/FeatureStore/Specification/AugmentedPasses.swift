import Core
import Foundation
import Storage

/// Passes over a split's images in which every image is augmented, each time anew.
///
/// What is drawn for an image depends on its content, the pass, the ranges and the seed: not on the other images or their
/// order, so that a row is computed once, however the split around it changes.
public struct AugmentedPasses: Codable, Sendable, Equatable {
  /// `/augmentation` counts them in a byte.
  public static let maximumCount = 255

  /// Of the passes; the images themselves come before them.
  public var count = 0
  public var ranges = AugmentationRanges()
  public var seed: UInt64 = 0

  public init() {}

  /// What the features of an image are found by in a pass, from 1 to ``count``; the image's digest itself in pass 0.
  package func digest(of image: ContentDigest, pass: Int) -> ContentDigest {
    pass == 0 ? image : ContentDigest(of: image.bytes + Array("\(draws), pass \(pass)".utf8))
  }

  /// What is done to an image, resized to `size`, in a pass; nil in pass 0.
  package func augmentation(of image: ContentDigest, pass: Int, size: ImageSize) -> Augmentation? {
    guard pass > 0 else { return nil }
    var random = Philox(seed: digest(of: image, pass: pass).firstWord)
    return ranges.draw(&random, height: size.height, width: size.width)
  }

  private var draws: String { "\(ranges), seed \(seed)" }
}

/// As the caches' attribute `augmentation` holds it.
extension AugmentedPasses: CustomStringConvertible {
  public var description: String { count == 0 ? "none" : "passes \(count), \(draws)" }
}
