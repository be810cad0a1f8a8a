import Datasets
import HDF5
import Support

/// The images that a head was trained on, and those that it was chosen by: it knows the former, and the latter nearly as
/// well, so that on either it looks better than it is.
package struct SeenImages: Sendable {
  /// The first eight bytes of the images' digests, by which two of a million images are one with a probability of 1 : 40
  /// million.
  private let seen: KeyValuePairs<Kind, Set<UInt64>>

  private enum Kind: String, CaseIterable {
    case trainedOn = "trained_on"
    case chosenBy = "chosen_by"

    var dataset: String { "images/\(rawValue)" }
    var words: String { rawValue.replacing("_", with: " ") }
  }

  /// - Parameter areFolds: whether each head was trained on what the others are judged by.
  /// - Throws: as `FeatureCache`.
  init(trainedOn train: FeatureCache, chosenBy valid: FeatureCache, areFolds: Bool) throws {
    func images(_ caches: [FeatureCache]) throws -> Set<UInt64> { Set(try caches.flatMap { try $0.digests() }.map(\.firstWord)) }
    seen =
      areFolds
      ? [.trainedOn: try images([train, valid])] : [.trainedOn: try images([train]), .chosenBy: try images([valid])]
  }

  /// - Parameter file: a head.
  /// - Returns: nil where it was written before heads kept them.
  init?(_ file: HDF5File) throws {
    let kinds = try Kind.allCases.filter { try file.exists($0.dataset) }
    guard kinds.contains(.trainedOn) else { return nil }
    func images(_ kind: Kind) throws -> Set<UInt64> { kinds.contains(kind) ? Set(try file.dataset(kind.dataset).read()) : [] }
    seen = [.trainedOn: try images(.trainedOn), .chosenBy: try images(.chosenBy)]
  }

  func write(to file: HDF5File) throws {
    for (kind, images) in seen {
      try file.createDataset(kind.dataset, .uint64, shape: [images.count]).write(images.sorted())
    }
  }

  package func contains(_ image: ContentDigest) -> Bool { seen.contains { $0.value.contains(image.firstWord) } }

  /// What is to be said of how good the head is on some images: a line each; none where it has seen none of them.
  ///
  /// - Parameters:
  ///   - images: nil of those that can't be read.
  ///   - folder: which has them.
  package func cautions(about images: [ContentDigest?], in folder: String) -> [String] {
    seen.compactMap { kind, digests in
      let known = images.count { $0.map { digests.contains($0.firstWord) } ?? false }
      guard known > 0 else { return nil }
      return
        "\(folder): \(grouped(known)) of \(count(images.count, "picture")) are among those that the head was \(kind.words): "
        + "they make it look better than it is"
    }
  }

  /// What is to be said where there is none of this.
  ///
  /// - Parameters:
  ///   - place: which has images that a head is judged by.
  ///   - noun: what they are called.
  package static func unclear(_ place: String, _ noun: String) -> String {
    "\(place): whether the head was trained on some of these \(noun) can't be told: an earlier version wrote it, which did "
      + "not keep what it was trained on"
  }
}
