import Core
import Datasets

/// The pictures that a cache's rows were made of, found again in the data set.
package struct CachedPictures: Sendable {
  /// Why a picture is not there.
  package enum Absence: Error {
    case gone
    /// Another one lies under its name.
    case changed
    case unreadable
  }

  private let dataset: ImageDataset
  private let split: Split
  private let names: [String]
  private let digests: [ContentDigest]
  private let indices: [String: Int]

  /// - Throws: as ``FeatureCache``.
  package init(of cache: FeatureCache, _ split: Split, in dataset: ImageDataset) throws {
    (self.dataset, self.split) = (dataset, split)
    names = try cache.filenames()
    digests = try cache.digests()
    let examples = dataset.examples(in: split)
    indices = Dictionary(zip(examples.map(\.name), examples.indices), uniquingKeysWith: { first, _ in first })
  }

  /// The picture of a row, and the bytes that it was decoded from.
  ///
  /// - Parameter size: what it is to be made smaller to, as `ImageDecoder` takes it.
  package func picture(ofRow row: Int, for size: ImageSize) throws(Absence) -> (image: Image, content: [UInt8]) {
    guard let index = indices[names[row]], let content = try? dataset.content(split, index) else { throw .gone }
    guard ContentDigest(ofImage: content) == digests[row] else { throw .changed }
    guard let image = try? dataset.image(split, index, content: content, for: size) else { throw .unreadable }
    return (image, content)
  }
}
