import Core
import Datasets
import FeatureStore
import Support

/// Images that are equal to the last byte, and that lie in two splits or under two classes: a head that knows an image is
/// measured by it, or is taught two things of one.
struct CopyWarnings {
  /// One line each.
  let lines: [String]

  /// - Parameters:
  ///   - manifests: of each split, in the order of the splits.
  ///   - keepsCopiesTogether: whether held-out splits take all copies of an image or none.
  ///   - areTagged: whether an image has any number of classes.
  init(_ manifests: [(split: Split, manifest: Manifest)], keepsCopiesTogether: Bool, areTagged: Bool) {
    var first: [ContentDigest: (manifest: Int, row: Int)] = [:]
    first.reserveCapacity(manifests.reduce(0) { $0 + $1.manifest.examples.count })
    var shared: [(split: Split, count: Int)] = []
    var (acrossSplits, acrossClasses): ([Pair], [Pair]) = ([], [])
    for (index, (split, manifest)) in manifests.enumerated() {
      var count = 0
      for (row, digest) in manifest.contents.enumerated() where digest != Self.empty {
        guard let met = first[digest] else {
          first[digest] = (index, row)
          continue
        }
        let place = Place(split: split, manifest.examples[row])
        let other = Place(split: manifests[met.manifest].split, manifests[met.manifest].manifest.examples[met.row])
        if met.manifest != index {
          count += 1
          acrossSplits.append((other, place))
        }
        if place.classes != nil, other.classes != nil, place.classes != other.classes {
          acrossClasses.append((other, place))
        }
      }
      if count > 0 { shared.append((split, count)) }
    }
    let totals = Dictionary(uniqueKeysWithValues: manifests.map { ($0.split, $0.manifest.examples.count) })
    let parts = shared.map { "\(grouped($0.count)) of \(grouped(totals[$0.split]!)) \($0.split.rawValue) images" }
    lines = [
      acrossSplits.first.map { pair in
        "\(parts.joined(separator: " and ")) are copies of images of another split, such as \(pair.1.path) of "
          + "\(pair.0.path): accuracy will look better than it is; "
          + (keepsCopiesTogether
            ? "remove them" : "remove them, or, where the splits are held out, keep them together: --groups duplicates")
      },
      acrossClasses.first.map { pair in
        "\(count(acrossClasses.count, "image")) \(acrossClasses.count == 1 ? "is" : "are") there \(areTagged ? "with other tags" : "under two classes"), such "
          + "as \(pair.0.path) and \(pair.1.path): remove one of each"
      },
    ].compactMap(\.self)
  }

  private typealias Pair = (Place, Place)

  /// Where an image was met.
  private struct Place {
    let split: Split
    let name: String
    /// Nil where they are not known.
    let classes: [Int32]?

    init(split: Split, _ example: Example) {
      (self.split, name, classes) = (split, example.name, example.classes)
    }

    var path: String { "\(split.rawValue)/\(name)" }
  }

  /// Files without a byte, and links that lead nowhere, are no copies of each other.
  private static let empty = ContentDigest(of: [])
}
