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
  private let places: [String: (split: Split, index: Int)]

  /// - Throws: as ``FeatureCache``.
  package init(of cache: FeatureCache, _ split: Split, in dataset: ImageDataset) throws {
    self.dataset = dataset
    names = try cache.filenames()
    digests = try cache.digests()
    func examples(of split: Split) -> [(String, (split: Split, index: Int))] {
      dataset.examples(in: split).enumerated().map { ($0.element.name, (split, $0.offset)) }
    }
    var places = Dictionary(examples(of: split), uniquingKeysWith: { first, _ in first })
    // With one picture more or less, others are held out.
    let moved = Set(names).subtracting(places.keys)
    for other in Split.allCases where other != split && !moved.isEmpty {
      places.merge(examples(of: other).filter { moved.contains($0.0) }, uniquingKeysWith: { first, _ in first })
    }
    self.places = places
  }

  /// The picture of a row, and the bytes that it was decoded from.
  ///
  /// - Parameter size: what it is to be made smaller to, as `ImageDecoder` takes it.
  package func picture(ofRow row: Int, for size: ImageSize) throws(Absence) -> (image: Image, content: [UInt8]) {
    guard let (split, index) = places[names[row]], let content = try? dataset.content(split, index) else { throw .gone }
    guard ContentDigest(ofImage: content) == digests[row] else { throw .changed }
    guard let image = try? dataset.image(split, index, content: content, for: size) else { throw .unreadable }
    return (image, content)
  }
}
