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
  private let names: [String]
  private let digests: [ContentDigest]
  /// Where pictures of a name are: in the cache's own split first. Since the extraction one may have come into another.
  private let places: [String: [(split: Split, index: Int)]]

  /// - Throws: as ``FeatureCache``.
  package init(of cache: FeatureCache, _ split: Split, in dataset: ImageDataset) throws {
    self.dataset = dataset
    names = try cache.filenames()
    digests = try cache.digests()
    var places: [String: [(split: Split, index: Int)]] = [:]
    for split in [split] + Split.allCases.filter({ $0 != split }) {
      for (index, example) in dataset.examples(in: split).enumerated() {
        places[example.name, default: []].append((split, index))
      }
    }
    self.places = places
  }

  /// The picture of a row, and the bytes that it was decoded from.
  ///
  /// - Parameter size: what it is to be made smaller to, as `ImageDecoder` takes it.
  package func picture(ofRow row: Int, for size: ImageSize) throws(Absence) -> (image: Image, content: [UInt8]) {
    var absence = Absence.gone
    for (split, index) in places[names[row]] ?? [] {
      guard let content = try? dataset.content(split, index) else { continue }
      guard ContentDigest(ofImage: content) == digests[row] else {
        absence = .changed
        continue
      }
      guard let image = try? dataset.image(split, index, content: content, for: size) else { throw .unreadable }
      return (image, content)
    }
    throw absence
  }
}
