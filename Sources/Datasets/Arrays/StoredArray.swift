import Foundation
import HDF5
import Zip

/// An array in a file, read by rows: what stands at one index of the first dimension. From any thread.
protocol StoredArray: Sendable {
  /// The file, and what the array is called in it.
  var name: String { get }
  var shape: [Int] { get }
  /// Whether its elements are bytes, 0 to 255.
  var isBytes: Bool { get }
  var isText: Bool { get }
  /// How many rows are best read at once.
  var rowsTogether: Int { get }

  /// Of elements that are bytes.
  func bytes(_ rows: Range<Int>) throws -> [UInt8]
  /// Of elements that are numbers.
  func numbers(_ rows: Range<Int>) throws -> [Double]
  /// Of elements that are texts.
  func texts(_ rows: Range<Int>) throws -> [String]
}

extension StoredArray {
  var rowCount: Int { shape.first ?? 0 }
  var rowSize: Int { shape.dropFirst().reduce(1, *) }

  /// `28×28×3`.
  var shapeText: String { shape.map(String.init).joined(separator: "×") }
}

/// A `.npy` file, or one that was unpacked from a `.npz`.
final class NumPyArray: StoredArray {
  let name: String
  private let header: NumPyHeader
  private let file: OpenFile

  var shape: [Int] { header.shape }
  var isBytes: Bool { header.type.kind == .unsigned && header.type.size == 1 }
  var isText: Bool { header.type.isText }
  let rowsTogether = 1

  /// - Throws: ``DatasetError`` for a file that is not as long as its header says, and as ``NumPyHeader`` does.
  init(_ file: OpenFile, name: String) throws {
    self.name = name
    self.file = file
    header = try NumPyHeader(file.read(0..<min(file.size, NumPyHeader.mostBytes), name: name), name: name)
    let expected = header.offset + header.shape.reduce(1, *) * header.type.size
    guard file.size == expected else {
      throw DatasetError("\(name): \(file.size) bytes, expected \(expected) for \(shapeText): get the file again")
    }
  }

  private func raw(_ rows: Range<Int>) throws -> [UInt8] {
    let rowBytes = rowSize * header.type.size
    let start = header.offset + rows.lowerBound * rowBytes
    return try file.read(start..<start + rows.count * rowBytes, name: name)
  }

  func bytes(_ rows: Range<Int>) throws -> [UInt8] { try raw(rows) }
  func numbers(_ rows: Range<Int>) throws -> [Double] { header.type.numbers(try raw(rows)) }
  func texts(_ rows: Range<Int>) throws -> [String] { header.type.texts(try raw(rows)) }
}

/// A data set of an HDF5 file.
struct HDF5StoredArray: StoredArray {
  let name: String
  private let dataset: HDF5Dataset

  var shape: [Int] { dataset.shape }
  var isBytes: Bool { dataset.elementType == .uint8 }
  var isText: Bool { dataset.elementType.isString }

  /// The rows of a chunk, which HDF5 unpacks for each of them; but not more than 64 MB.
  var rowsTogether: Int {
    let rows = dataset.chunkShape?.first ?? 1
    return rows * dataset.rowSize * dataset.elementSize <= 1 << 26 ? max(rows, 1) : 1
  }

  init(_ dataset: HDF5Dataset) throws {
    self.dataset = dataset
    name = "\(dataset.filePath): \(dataset.path)"
    try reading { try dataset.checkShape() }
  }

  func bytes(_ rows: Range<Int>) throws -> [UInt8] { try reading { try dataset.read(UInt8.self, rows: rows) } }
  func numbers(_ rows: Range<Int>) throws -> [Double] { try reading { try dataset.read(Double.self, rows: rows) } }
  func texts(_ rows: Range<Int>) throws -> [String] { try reading { try dataset.read(String.self, rows: rows) } }
}

/// HDF5's errors as this module's.
func reading<Value>(_ body: () throws -> Value) throws -> Value {
  do {
    return try body()
  } catch let error as HDF5Error {
    throw DatasetError(error.description)
  }
}
