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

/// A `.npy` file, one that was unpacked from a `.npz`, or what a pickle has of an array.
final class NumPyArray: StoredArray {
  let name: String
  let shape: [Int]
  private let type: ArrayElement
  /// Its elements, one behind another.
  private let elements: FileRegion

  var isBytes: Bool { type.kind == .unsigned && type.size == 1 }
  var isText: Bool { type.isText }
  let rowsTogether = 1

  /// - Parameter elements: as many as the shape says.
  init(_ elements: FileRegion, _ type: ArrayElement, shape: [Int], name: String) {
    (self.elements, self.type, self.shape, self.name) = (elements, type, shape, name)
  }

  /// - Throws: ``DatasetError`` for a file that is not as long as its header says, and as ``NumPyHeader`` does.
  convenience init(_ file: OpenFile, name: String) throws {
    let header = try NumPyHeader(file.read(0..<min(file.size, NumPyHeader.mostBytes), name: name), name: name)
    let expected = header.offset + header.shape.reduce(1, *) * header.type.size
    guard file.size == expected else {
      let shape = header.shape.map(String.init).joined(separator: "×")
      throw DatasetError("\(name): \(file.size) bytes, expected \(expected) for \(shape): get the file again")
    }
    self.init(FileRegion(file).part(header.offset..<file.size), header.type, shape: header.shape, name: name)
  }

  private func raw(_ rows: Range<Int>) throws -> [UInt8] {
    let rowBytes = rowSize * type.size
    return try elements.read(rows.lowerBound * rowBytes..<rows.upperBound * rowBytes, name: name)
  }

  func bytes(_ rows: Range<Int>) throws -> [UInt8] { try raw(rows) }
  func numbers(_ rows: Range<Int>) throws -> [Double] { type.numbers(try raw(rows)) }
  func texts(_ rows: Range<Int>) throws -> [String] { type.texts(try raw(rows)) }
}

/// A data set of an HDF5 file.
struct HDF5StoredArray: StoredArray {
  let name: String
  private let dataset: HDF5Dataset

  var shape: [Int] { dataset.shape }
  var isBytes: Bool { dataset.elementType == .uint8 }
  var isText: Bool { dataset.elementType.isString }

  /// The rows of a chunk, which HDF5 unpacks for each of them; but not more than 256 MiB.
  var rowsTogether: Int {
    let rows = dataset.chunkShape?.first ?? 1
    return rows * dataset.rowSize * dataset.elementSize <= 1 << 28 ? max(rows, 1) : 1
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
