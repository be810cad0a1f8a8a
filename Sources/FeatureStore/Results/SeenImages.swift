import Datasets
import HDF5
import Support

/// The images that a head was trained on, and those that it was chosen by: it knows the former, and the latter nearly as
/// well, so that on either it looks better than it is.
package struct SeenImages: Sendable {
  /// The first eight bytes of the images' digests, by which two of a million images are one with a probability of 1 : 40
  /// million.
  private var trainedOn: Set<UInt64>
  private var chosenBy: Set<UInt64>

  /// Where they lie in a head's file. No fold's head is chosen by images.
  private static let places = (trainedOn: "images/trained_on", chosenBy: "images/chosen_by")

  /// - Parameter heldOut: of a fold's head, the images that it was trained without, numbered through both caches.
  /// - Throws: as `FeatureCache`.
  init(train: FeatureCache, valid: FeatureCache, heldOut: [Int]?) throws {
    func images(_ cache: FeatureCache) throws -> [UInt64] {
      try cache.digests().prefix(cache.imageCount).map(\.firstWord)
    }
    let (first, second) = (try images(train), try images(valid))
    guard let heldOut else {
      (trainedOn, chosenBy) = (Set(first), Set(second))
      return
    }
    let without = Set(heldOut)
    trainedOn = Set((first + second).enumerated().filter { !without.contains($0.offset) }.map(\.element))
    chosenBy = []
  }

  /// - Parameter file: a head.
  /// - Returns: nil where it was written before heads kept them.
  init?(_ file: HDF5File) throws {
    func images(_ place: String) throws -> Set<UInt64>? {
      try file.exists(place) ? Set(try file.dataset(place).read()) : nil
    }
    guard let trainedOn = try images(Self.places.trainedOn) else { return nil }
    (self.trainedOn, chosenBy) = (trainedOn, try images(Self.places.chosenBy) ?? [])
  }

  func write(to file: HDF5File) throws {
    for (place, images) in [(Self.places.trainedOn, trainedOn), (Self.places.chosenBy, chosenBy)] where !images.isEmpty
    {
      try file.createDataset(place, .uint64, shape: [images.count]).write(images.sorted())
    }
  }

  /// Those of several heads together.
  mutating func add(_ others: SeenImages) {
    trainedOn.formUnion(others.trainedOn)
    chosenBy.formUnion(others.chosenBy)
  }

  package func contains(_ image: ContentDigest) -> Bool {
    trainedOn.contains(image.firstWord) || chosenBy.contains(image.firstWord)
  }

  /// What is to be said of how good the head is on some images: a line each; none where it has seen none of them.
  ///
  /// - Parameters:
  ///   - images: nil of those that can't be read.
  ///   - folder: which has them.
  package func cautions(about images: [ContentDigest?], in folder: String) -> [String] {
    [("trained on", trainedOn), ("chosen by", chosenBy)].compactMap { what, digests in
      let known = images.count { $0.map { digests.contains($0.firstWord) } ?? false }
      guard known > 0 else { return nil }
      return
        "\(folder): \(grouped(known)) of \(count(images.count, "picture")) are among those that the head was \(what): "
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
