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
  ///   - dataset: that has the images, or why it can't be opened.
  ///   - edit: what is done to them before they are made small.
  package init(
    ofRows rows: [Int], of cache: FeatureCache, split: Split, dataset: Result<ImageDataset, any Error>,
    pool: WorkerPool, edit: @Sendable (_ row: Int, _ picture: Image) -> Image = { $1 }
  ) {
    do {
      let pictures = try CachedPictures(of: cache, split, in: dataset.get())
      let thumbnails = try pool.map(rows.count) { Self.thumbnail(ofRow: rows[$0], pictures, edit) }
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

  private static func thumbnail(
    ofRow row: Int, _ pictures: CachedPictures, _ edit: (_ row: Int, _ picture: Image) -> Image
  ) -> Thumbnail {
    do {
      let picture = try pictures.picture(ofRow: row, for: ImageSize(height: side, width: side)).image
      guard let uri = try? DataURI(thumbnailOf: edit(row, picture), side: side, smallSide: smallSide) else {
        return .missing("image can't be shown")
      }
      return .image(uri)
    } catch {
      return .missing(error.words)
    }
  }

  package subscript(row: Int) -> Thumbnail { rows[row] ?? .missing("no image") }
}

extension CachedPictures.Absence {
  fileprivate var words: String {
    switch self {
    case .gone: "image is gone"
    case .changed: "image changed"
    case .unreadable: "image can't be shown"
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
