import Core
import SystemPackage

/// MNIST's file format: a magic number that says the type and the number of dimensions, the dimensions, the values; all
/// numbers big-endian (LeCun, "The MNIST database", file formats).
struct IDX {
  /// Of the first dimension outwards: 60,000 × 28 × 28.
  let shape: [Int]
  let values: [UInt8]

  /// - Throws: ``DatasetError`` for anything but a whole file of bytes with that many dimensions.
  init(_ path: String, dimensions: Int) throws {
    let bytes = try readTable(path)
    let header = 4 + 4 * dimensions
    guard bytes.count >= header, bytes.starts(with: [0, 0, 8, UInt8(dimensions)]) else {
      throw DatasetError("\(path): not an IDX file of bytes in \(dimensions) dimensions")
    }
    shape = (1...dimensions).map { dimension in
      bytes[4 * dimension..<4 * dimension + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard !overflow, length > 0 else { throw DatasetError("\(path): dimensions \(shape) in the header") }
      count = product
    }
    guard bytes.count - header == count else {
      throw DatasetError(
        "\(path): \(bytes.count - header) bytes after the header, expected \(count) for \(shape): get the file again")
    }
    values = Array(bytes[header...])
  }
}

/// The four files of MNIST, Fashion-MNIST or a part of EMNIST.
struct IDXFiles {
  let trainImages: String
  let trainLabels: String
  let testImages: String
  let testLabels: String
  /// EMNIST stores its pictures with rows and columns exchanged.
  let isTransposed: Bool

  private static let trainImagesEndings = endings("train-images", "idx3")

  /// How the names of such files end, perhaps gzipped; what comes before is the name of the set: `emnist-letters-`.
  private static func endings(_ part: String, _ dimensions: String) -> [String] {
    ["-", "."].map { "\(part)\($0)\(dimensions)-ubyte" }.flatMap { [$0, "\($0).gz"] }
  }

  /// The name of the set whose training pictures a file has, going by the file's name; nil where it has none.
  static func setName(ofTrainImages path: String) -> String? {
    let name = name(of: path)
    return trainImagesEndings.first(where: name.hasSuffix).map { String(name.dropLast($0.count)) }
  }

  /// Whether a folder has such files.
  static func areIn(_ folder: String) throws -> Bool {
    try folderEntries(folder).contains { $0.type == .regular && setName(ofTrainImages: $0.name) != nil }
  }

  /// - Parameter path: a folder with one set, or one set's file of training pictures.
  /// - Throws: ``DatasetError`` where some of the four are missing, or there are several sets.
  init(_ path: String) throws {
    let isFolder = fileType(path) == .folder
    let folder = isFolder ? path : FilePath(path).folder
    let names = try folderEntries(folder).filter { $0.type == .regular }.map(\.name)
    let set = isFolder ? nil : Self.setName(ofTrainImages: path)
    func file(_ part: String, _ dimensions: String) throws -> String? {
      let endings = Self.endings(part, dimensions)
      let found = names.filter { name in
        endings.contains { ending in set.map { name == $0 + ending } ?? name.hasSuffix(ending) }
      }
      guard found.count < 2 else {
        throw DatasetError("\(folder): both \(found[0]) and \(found[1]): say which with --data \(folder)/\(found[0])")
      }
      return found.first.map { FilePath(folder).appending($0).string }
    }
    guard let images = try file("train-images", "idx3") else {
      throw DatasetError("\(path): no file train-images-idx3-ubyte, plain or .gz\(isFolder ? ", in this folder" : "")")
    }
    guard let labels = try file("train-labels", "idx1"),
      let testImages = try file("t10k-images", "idx3") ?? file("test-images", "idx3"),
      let testLabels = try file("t10k-labels", "idx1") ?? file("test-labels", "idx1")
    else {
      throw DatasetError(
        "\(folder): beside \(name(of: images)) expected train-labels-idx1-ubyte,"
          + " t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, plain or .gz")
    }
    trainImages = images
    trainLabels = labels
    self.testImages = testImages
    self.testLabels = testLabels
    isTransposed = name(of: images).hasPrefix("emnist-")
  }

  var train: LabelledRows {
    get throws { try rows(trainImages, trainLabels) }
  }

  var test: LabelledRows {
    get throws { try rows(testImages, testLabels) }
  }

  private func rows(_ imagesPath: String, _ labelsPath: String) throws -> LabelledRows {
    let images = try IDX(imagesPath, dimensions: 3)
    let labels = try IDX(labelsPath, dimensions: 1)
    guard images.shape[0] == labels.shape[0] else {
      throw DatasetError("\(labelsPath): \(labels.shape[0]) labels, but \(images.shape[0]) pictures in \(imagesPath)")
    }
    let stored = ImageSize(height: images.shape[1], width: images.shape[2])
    return LabelledRows(
      pixels: isTransposed ? transposed(images.values, stored) : images.values,
      size: isTransposed ? ImageSize(height: stored.width, width: stored.height) : stored,
      values: labels.values.map(Int32.init))
  }

  /// Each picture with rows and columns exchanged.
  private func transposed(_ values: [UInt8], _ size: ImageSize) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: values.count) { output, count in
      for picture in stride(from: 0, to: values.count, by: size.height * size.width) {
        for column in 0..<size.width {
          for row in 0..<size.height {
            output[count] = values[picture + row * size.width + column]
            count += 1
          }
        }
      }
    }
  }
}

extension ImageDataset {
  /// The training files dealt out for training and validation, the test files as they are, with their labels.
  static func openIDX(_ path: String, options: DatasetOptions) throws -> ImageDataset {
    let files = try IDXFiles(path)
    let train = try files.train
    let test = try files.test
    guard test.size == train.size else {
      throw DatasetError("\(files.testImages): pictures of \(test.size), but \(train.size) in \(files.trainImages)")
    }
    let classes = LabelClasses(train.values)
    var parts = try options.split(train.part(classes), withTest: false)
    parts[.test] = test.part(classes)
    return ImageDataset(
      kind: .idx, path: path, layout: "\(name(of: files.trainImages)), \(name(of: files.testImages))",
      labelNames: classes.names, imageSize: train.size, parts: parts, heldOut: [.valid])
  }
}
