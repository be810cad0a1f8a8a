import HDF5
import Support

// The data sets that describe the rows. They are stored in chunks with a checksum, strings at fixed length: what HDF5
// keeps of strings of variable length has no checksum, and HDF5 1.10 crashes on a damaged one.

extension HDF5File {
  /// Creates a data set of rows with a checksum on every chunk of at most 64 KiB.
  ///
  /// - Parameter row: the shape of a row; empty for a single value.
  func createChecked(_ name: String, _ type: HDF5ElementType, rows: Int, row: [Int] = []) throws -> HDF5Dataset {
    let size: Int = if case .fixedString(let size) = type { size } else { 8 }
    let rowsPerChunk = max(1, min(rows, (1 << 16) / (size * row.reduce(1, *))))
    return try createDataset(
      name, type, shape: [rows] + row, maximumShape: [nil] + row, chunk: [rowsPerChunk] + row, filters: [.fletcher32])
  }

  func writeChecked<Element: HDF5Element>(_ name: String, _ values: [Element], row: [Int] = []) throws {
    let rows = values.count / row.reduce(1, *)
    try createChecked(name, Element.hdf5Type, rows: rows, row: row).write(values)
  }

  /// Writes UTF-8 strings, each in the room of the longest.
  func writeChecked(_ name: String, _ strings: [String]) throws {
    let size = 1 + (strings.map(\.utf8.count).max() ?? 0)
    try createChecked(name, .fixedString(size: size), rows: strings.count).write(strings)
  }

  // Read chunk by chunk, so that the error of a damaged one, ``DamagedRows``, names its rows.

  func readChecked<Element: HDF5Element>(_ name: String, as type: Element.Type) throws -> [Element] {
    try readChecked(name) { try $0.read(type, rows: $1) }
  }

  func readChecked(_ name: String, as type: String.Type = String.self) throws -> [String] {
    try readChecked(name) { try $0.read(type, rows: $1) }
  }

  private func readChecked<Element>(
    _ name: String, _ read: (HDF5Dataset, Range<Int>) throws -> [Element]
  ) throws -> [Element] {
    let dataset = try dataset(name)
    try dataset.checkShape()
    try dataset.requireChecksum()
    return try dataset.chunkRows.flatMap { rows in
      try DamagedRows.locating(rows, of: dataset) {
        guard try dataset.isStored(rows: rows) else {
          throw DamagedRows(path: filePath, dataset: dataset.path, rows: rows, reason: "they were never written")
        }
        return try read(dataset, rows)
      }
    }
  }
}

extension HDF5Dataset {
  /// - Throws: ``PipelineError`` where damage would not be noticed: h5repack, for one, may take the checksums away.
  func requireChecksum() throws {
    guard rowsPerChunk != nil, filters.contains(.fletcher32) else {
      throw PipelineError(
        "\(path) is not in chunks with a checksum, as extract wrote it: another program rewrote the file; "
          + DamagedRows.remedy, about: filePath)
    }
  }
}

extension HDF5Dataset {
  /// The rows of each chunk.
  var chunkRows: [Range<Int>] {
    let step = max(1, rowsPerChunk ?? rowCount)
    return stride(from: 0, to: rowCount, by: step).map { $0..<min($0 + step, rowCount) }
  }
}
