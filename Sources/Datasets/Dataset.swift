import Core

/// The three parts of a data set.
public enum Split: String, CaseIterable, Sendable {
  /// What the head learns from.
  case train
  /// What chooses the best epoch.
  case valid
  /// What is predicted.
  case test
}

/// One row of a data set.
public struct Example: Sendable, Equatable {
  /// The path below the split's folder, or the number of the row in its table, from 1.
  public let name: String
  /// An index into ``ImageDataset/labelNames``; −1 where the class is not known.
  public let label: Int32
  /// The classes that it has, ascending, where a picture has any number of them; nil where they are not known, and where a
  /// picture has one class.
  public let tags: [Int32]?
  /// The driver, patient, … that the picture belongs to, where that is known.
  public let group: String?

  public init(name: String, label: Int32, tags: [Int32]? = nil, group: String? = nil) {
    self.name = name
    self.label = label
    self.tags = tags
    self.group = group
  }

  /// The label of an example whose class is not known.
  public static let unknownLabel: Int32 = -1

  /// Whether its class is known, or its classes are.
  public var isLabelled: Bool { label != Self.unknownLabel || tags != nil }

  /// Its classes: one, or any number of them; nil where they are not known.
  public var classes: [Int32]? { tags ?? (label == Self.unknownLabel ? nil : [label]) }

  func named(_ name: String, group: String?) -> Example {
    Example(name: name, label: label, tags: tags, group: group)
  }
}

/// Labelled pictures in three splits. Pictures are read one at a time, from any thread.
///
/// ```swift
/// let digits = try ImageDataset.open("mnist-5k")
/// for index in digits.examples(in: .train).indices {
///   let image = try digits.image(.train, index)  // 28×28×1
/// }
/// ```
public struct ImageDataset: Sendable {
  public let kind: DatasetKind
  /// What it was opened from.
  public let path: String
  /// The class names in the order of the labels: numbers by value, everything else by its UTF-8 bytes.
  public let labelNames: [String]
  /// The size of every picture, where the format fixes it (28×28 digits); nil where each file has its own.
  public let imageSize: ImageSize?
  /// The name of the column that the test images are called by; nil where their table has none, and for files.
  public internal(set) var idColumn: String?
  /// Whether a picture has any number of classes.
  public internal(set) var isMultiLabel = false
  /// How the data lie: `train/CLASS, valid/CLASS, test/`.
  let layout: String
  /// The splits whose images were held out of others.
  let heldOut: Set<Split>
  /// What was assumed, ignored or renamed: one line each.
  let notes: [String]
  /// What the user should know about the data, though they can be used: one line each.
  public let warnings: [String]

  /// The rows of one split, and where their pictures come from.
  struct Part: Sendable {
    var examples: [Example] = []
    var pictures: any PictureSource = NoPictures()

    /// Some of the rows, in the given order.
    func selecting(_ rows: [Int]) -> Part {
      Part(examples: rows.map { examples[$0] }, pictures: SelectedPictures(all: pictures, rows: rows))
    }
  }

  let parts: [Split: Part]

  init(
    kind: DatasetKind, path: String, layout: String, labelNames: [String], imageSize: ImageSize? = nil,
    parts: [Split: Part], heldOut: Set<Split>, notes: [String] = [], warnings: [String] = []
  ) {
    self.kind = kind
    self.path = path
    self.labelNames = labelNames
    self.imageSize = imageSize
    self.parts = parts
    self.layout = layout
    self.heldOut = heldOut
    self.notes = notes
    self.warnings = warnings
  }

  /// The rows of a split in manifest order: the order of the table, or that of the names' UTF-8 bytes.
  public func examples(in split: Split) -> [Example] {
    parts[split]?.examples ?? []
  }

  /// The picture of the row `index` of a split, decoded: 1 or 3 channels.
  ///
  /// - Parameters:
  ///   - split: of the row.
  ///   - index: the row, from 0.
  ///   - size: what the picture is to be made smaller to. A much larger JPEG is then decoded at a half, a quarter or an
  ///     eighth of its size, as ``ImageDecoder`` describes; nil: every picture has its own size.
  /// - Throws: ``DatasetError`` where the file can't be read or decoded, or is beyond the limits: skip it.
  /// - Precondition: `index` is one of `examples(in: split).indices`.
  public func image(_ split: Split, _ index: Int, for size: ImageSize? = nil) throws -> Image {
    try image(split, index, content: content(split, index), for: size)
  }

  /// The same, from what ``content(_:_:)`` gave.
  public func image(_ split: Split, _ index: Int, content: [UInt8], for size: ImageSize? = nil) throws -> Image {
    try parts[split]!.pictures.image(at: index, content: content, for: size)
  }

  /// The bytes that decide the picture of the row `index` of a split, for a digest: those of its file, or its pixels.
  ///
  /// - Throws: ``DatasetError`` where the file can't be read.
  /// - Precondition: `index` is one of `examples(in: split).indices`.
  public func content(_ split: Split, _ index: Int) throws -> [UInt8] {
    try parts[split]!.pictures.content(at: index)
  }

  /// Where the bytes of ``content(_:_:)`` come from; nil where that can't be told of a picture alone.
  ///
  /// - Precondition: `index` is one of `examples(in: split).indices`.
  package func origin(_ split: Split, _ index: Int) -> PictureOrigin? {
    parts[split]!.pictures.origin(at: index)
  }
}

extension ImageDataset {
  /// At most so many rows of each split, as many of each class as there are of the others: a sample for a quick try.
  ///
  /// - Parameter limit: nil: all.
  func sample(limit: Int?, seed: UInt64) -> [Split: [Int]] {
    parts.mapValues { part in
      limit.map { balancedSample(labels: part.examples.map(\.label), count: $0, seed: seed) }
        ?? Array(part.examples.indices)
    }
  }

  /// Some of the rows of each split, ascending.
  func selecting(_ rows: [Split: [Int]]) -> ImageDataset {
    with(
      Dictionary(
        uniqueKeysWithValues: parts.map { split, part in
          let rows = rows[split] ?? []
          return (split, rows.count == part.examples.count ? part : part.selecting(rows))
        }), note: nil)
  }

  /// The same data with other rows, and what is to be said or warned of.
  ///
  /// - Parameter labelNames: nil: the same.
  func with(
    _ parts: [Split: Part], labelNames: [String]? = nil, note: String?, warning: String? = nil
  ) -> ImageDataset {
    var dataset = ImageDataset(
      kind: kind, path: path, layout: layout, labelNames: labelNames ?? self.labelNames, imageSize: imageSize,
      parts: parts,
      heldOut: heldOut, notes: notes + [note].compactMap(\.self), warnings: warnings + [warning].compactMap(\.self))
    (dataset.idColumn, dataset.isMultiLabel) = (idColumn, isMultiLabel)
    return dataset
  }
}

// MARK: - Where pictures come from

/// The pictures of one split.
protocol PictureSource: Sendable {
  func image(at index: Int, content: [UInt8], for size: ImageSize?) throws -> Image
  func content(at index: Int) throws -> [UInt8]
  /// Nil where that can't be told of a picture alone.
  func origin(at index: Int) -> PictureOrigin?
}

/// Of a split that has none.
private struct NoPictures: PictureSource {
  func image(at index: Int, content: [UInt8], for size: ImageSize?) throws -> Image {
    throw DatasetError("picture \(index) of an empty split")
  }
  func origin(at index: Int) -> PictureOrigin? { nil }
  func content(at index: Int) throws -> [UInt8] { throw DatasetError("picture \(index) of an empty split") }
}

/// Some of the pictures of another source.
private struct SelectedPictures: PictureSource {
  let all: any PictureSource
  let rows: [Int]

  func image(at index: Int, content: [UInt8], for size: ImageSize?) throws -> Image {
    try all.image(at: rows[index], content: content, for: size)
  }
  func content(at index: Int) throws -> [UInt8] { try all.content(at: rows[index]) }
  func origin(at index: Int) -> PictureOrigin? { all.origin(at: rows[index]) }
}
