import HDF5
import SystemPackage
import Zip

/// The arrays of a `.npz`, of an HDF5 file, or of the `.npy` files of a folder, by their keys.
struct ArrayFiles {
  let path: String
  /// Sorted by their UTF-8 bytes.
  let keys: [String]
  private let source: Source

  private enum Source {
    case folder
    case archive(ZipArchive)
    case hdf5(HDF5File)
  }

  private static let hdf5Signature: [UInt8] = [0x89] + Array("HDF\r\n".utf8)
  private static let ending = ".npy"

  /// Whether a file, or a folder, has arrays.
  static func areAt(_ path: String, type: FileType) throws -> Bool {
    if type == .folder { return try folderEntries(path).contains { $0.type == .regular && $0.name.hasSuffix(ending) } }
    let start = try readFile(path, upTo: 8)
    if start.starts(with: NumPyHeader.signature) || start.starts(with: hdf5Signature) { return true }
    guard start.starts(with: ZipArchive.signature) else { return false }
    return try archive(path).names.contains { $0.hasSuffix(ending) }
  }

  /// - Throws: ``DatasetError`` where it can't be read, and for a single `.npy` file, which has pictures or labels alone.
  init(_ path: String) throws {
    self.path = path
    if fileType(path) == .folder {
      source = .folder
      keys = try folderEntries(path).map(\.name).filter { $0.hasSuffix(Self.ending) }.map(Self.withoutEnding)
      return
    }
    let start = try readFile(path, upTo: 8)
    if start.starts(with: NumPyHeader.signature) {
      throw DatasetError(
        "\(path): one NumPy array alone: give the folder that has it and that of its labels, such as x_train.npy and "
          + "y_train.npy, or put both into one file with numpy.savez")
    }
    if start.starts(with: Self.hdf5Signature) {
      let file = try reading { try HDF5File.open(path) }
      source = .hdf5(file)
      keys = try reading { try Self.datasets(in: file) }
    } else {
      let archive = try Self.archive(path)
      source = .archive(archive)
      keys = archive.names.filter { $0.hasSuffix(Self.ending) }.map(Self.withoutEnding)
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
  }

  private static func withoutEnding(_ name: String) -> String { String(name.dropLast(ending.count)) }

  private static func archive(_ path: String) throws -> ZipArchive {
    do {
      return try ZipArchive(path: path)
    } catch let error as ZipError {
      throw DatasetError("\(path): \(error.reason)")
    }
  }

  /// The paths of data sets, without the first `/`, at most some levels deep.
  private static func datasets(in file: HDF5File) throws -> [String] {
    var paths: [String] = []
    func collect(_ names: [String], in prefix: String, depth: Int) throws {
      for name in names {
        let path = prefix + name
        switch try file.kind(of: path) {
        case .dataset: paths.append(path)
        case .group where depth < 8: try collect(file.group(path).memberNames, in: "\(path)/", depth: depth + 1)
        default: break
        }
      }
    }
    try collect(file.memberNames, in: "", depth: 0)
    return paths
  }

  /// - Parameter key: one of ``keys``.
  /// - Throws: ``DatasetError``.
  func array(_ key: String) throws -> any StoredArray {
    switch source {
    case .folder:
      let file = "\(path)/\(key)\(Self.ending)"
      return try NumPyArray(OpenFile(file), name: file)
    case .hdf5(let file):
      return try HDF5StoredArray(reading { try file.dataset(key) })
    case .archive(let archive):
      let name = "\(path): \(key)"
      return try NumPyArray(unpacked(key, of: archive, name: name), name: name)
    }
  }

  /// An entry of a `.npz`, which may be compressed, so that its rows can't be read where they are.
  private func unpacked(_ key: String, of archive: ZipArchive, name: String) throws -> OpenFile {
    try OpenFile.unpacked(name) { write in
      var start: [UInt8] = []
      var total = 0
      var expected: Int?
      do {
        try archive.read(key + Self.ending, limit: .max) { part in
          if expected == nil { start += part }
          total += part.count
          if expected == nil, start.count >= NumPyHeader.mostBytes {
            expected = try Self.size(start, name: name)
            try OpenFile.requireRoom(expected!, name: name)
            start = []
          }
          // What is longer than it says is a bomb.
          guard total <= expected ?? .max else { throw DatasetError("\(name): longer than its header says") }
          try write(part)
        }
      } catch let error as ZipError {
        throw DatasetError("\(path): \(error.reason)")
      }
    }
  }

  private static func size(_ start: [UInt8], name: String) throws -> Int {
    let header = try NumPyHeader(start, name: name)
    return header.offset + header.shape.reduce(1, *) * header.type.size
  }
}
