import Core
import Datasets
import FeatureStore
import Foundation

/// A few images of a split in small, read from where `extract` found them.
package struct Thumbnails: Sendable {
  /// An image to be shown in a page, or the reason why it can't be.
  package enum Thumbnail: Sendable, Equatable {
    case image(DataURI)
    case missing(String)
  }

  /// Sides are at most this long, in pixels: twice what a page shows, for fine displays.
  static let side = 192
  /// Images that are no larger keep their pixels.
  private static let smallSide = 64

  private let rows: [Int: Thumbnail]
  /// Why there are no images at all; nil where there are.
  package let reason: String?

  /// - Parameters:
  ///   - rows: of the cache, each once.
  ///   - source: where the images lie; nil where that is not known.
  package init(
    ofRows rows: [Int], of cache: FeatureCache, split: Split, source: ImageSource?, folder: CacheFolder,
    pool: WorkerPool
  ) {
    do {
      guard let source else { throw DatasetError("extract did not leave word of where it found them") }
      let dataset = try source.open(in: folder)
      let reader = try Reader(dataset: dataset, split: split, cache: cache)
      let thumbnails = try pool.map(rows.count) { reader.thumbnail(ofRow: rows[$0]) }
      self.rows = Dictionary(uniqueKeysWithValues: zip(rows, thumbnails))
      reason = nil
    } catch {
      self.rows = [:]
      reason = "\(error)"
    }
  }

  /// Of picture files.
  ///
  /// - Parameter rows: of the files, each once.
  init(ofFiles paths: [String], rows: [Int], pool: WorkerPool) {
    let thumbnails = try? pool.map(rows.count) { index -> Thumbnail in
      let size = ImageSize(height: Self.side, width: Self.side)
      guard let content = try? PictureFiles.content(of: paths[rows[index]]),
        let image = try? ImageDecoder.decode(content, for: size),
        let uri = try? DataURI(thumbnailOf: image, side: Self.side, smallSide: Self.smallSide)
      else { return .missing("image can't be shown") }
      return .image(uri)
    }
    self.rows = Dictionary(uniqueKeysWithValues: zip(rows, thumbnails ?? []))
    reason = nil
  }

  /// Those of two splits.
  ///
  /// - Parameter offset: the row of the second's first.
  init(_ first: Thumbnails, _ second: Thumbnails, offset: Int) {
    rows = first.rows.merging(second.rows.map { ($0.key + offset, $0.value) }) { own, _ in own }
    reason = first.reason ?? second.reason
  }

  package subscript(row: Int) -> Thumbnail { rows[row] ?? .missing("no image") }

  /// Finds the images of a cache's rows in a data set.
  private struct Reader {
    let dataset: ImageDataset
    let split: Split
    private let names: [String]
    private let digests: [ContentDigest]
    private let indices: [String: Int]

    init(dataset: ImageDataset, split: Split, cache: FeatureCache) throws {
      self.dataset = dataset
      self.split = split
      names = try cache.filenames()
      digests = try cache.digests()
      let examples = dataset.examples(in: split)
      indices = Dictionary(zip(examples.map(\.name), examples.indices), uniquingKeysWith: { first, _ in first })
    }

    func thumbnail(ofRow row: Int) -> Thumbnail {
      guard let index = indices[names[row]], let content = try? dataset.content(split, index) else {
        return .missing("image is gone")
      }
      guard ContentDigest(of: content) == digests[row] else { return .missing("image changed") }
      let size = ImageSize(height: Thumbnails.side, width: Thumbnails.side)
      guard let image = try? dataset.image(split, index, content: content, for: size),
        let uri = try? DataURI(thumbnailOf: image, side: Thumbnails.side, smallSide: Thumbnails.smallSide)
      else { return .missing("image can't be shown") }
      return .image(uri)
    }
  }
}

/// An image within a page: `data:image/png;base64,…`. Its characters mean nothing in HTML.
package struct DataURI: Sendable, Equatable, CustomStringConvertible {
  package let description: String
  /// Whether its pixels are to be seen as such.
  package let isPixelated: Bool

  private init(type: String, _ bytes: [UInt8], isPixelated: Bool) {
    description = "data:image/\(type);base64,\(Data(bytes).base64EncodedString())"
    self.isPixelated = isPixelated
  }

  /// A drawing, pixel by pixel.
  ///
  /// - Throws: as `ImageEncoder.png(_:)`.
  package init(pixels image: Image) throws {
    self.init(type: "png", try ImageEncoder.png(image), isPixelated: true)
  }

  /// An image that is made to fit into a square, unless it is small already.
  ///
  /// - Throws: as `ImageEncoder`.
  package init(thumbnailOf image: Image, side: Int, smallSide: Int) throws {
    let longest = max(image.height, image.width)
    if longest <= smallSide {
      try self.init(pixels: image)
      return
    }
    func scaled(_ length: Int) -> Int { max(1, length * min(side, longest) / longest) }
    let size = ImageSize(height: scaled(image.height), width: scaled(image.width))
    let small = image.resized(to: size)
    self.init(type: "jpeg", try ImageEncoder.jpeg(small), isPixelated: false)
  }
}
