import CHDF5
import Foundation
import Storage

// Reading and writing, of a whole data set or of some of its rows. HDF5 converts between the type in memory and the
// type in the file, whatever their sizes and byte orders.

extension HDF5Dataset {
  // MARK: Numbers

  /// Reads numbers, all of them or those of some rows, in row-major order.
  public func read<Element: HDF5Element>(
    _ type: Element.Type = Element.self, rows: Range<Int>? = nil
  ) throws -> [Element] {
    let count = try elementCount(of: rows)
    try checkMemory(for: count, of: MemoryLayout<Element>.stride)
    return try [Element](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      try read(into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]), rows: rows)
      initializedCount = count
    }
  }

  /// Reads numbers, all of them or those of some rows, into memory that holds exactly that many.
  public func read<Element: HDF5Element>(
    into buffer: UnsafeMutableBufferPointer<Element>, rows: Range<Int>? = nil
  ) throws {
    try checkCount(buffer.count, rows)
    try checkNumeric()
    try checkFilters()
    guard let memory = buffer.baseAddress, !buffer.isEmpty else { return }
    let memoryType = try Element.hdf5Type.makeType(place)
    try transfer(rows, "read") { memorySpace, fileSpace in
      H5Dread(id, memoryType.id, memorySpace, fileSpace, chdf5_default(), memory)
    }
  }

  /// Writes numbers, all of them or those of some rows.
  public func write<Element: HDF5Element>(_ elements: [Element], rows: Range<Int>? = nil) throws {
    try elements.withUnsafeBufferPointer { try write($0, rows: rows) }
  }

  /// Writes numbers from memory that holds exactly as many as the data set, or as the rows.
  public func write<Element: HDF5Element>(
    _ elements: UnsafeBufferPointer<Element>, rows: Range<Int>? = nil
  ) throws {
    try checkCount(elements.count, rows)
    try checkNumeric()
    guard let memory = elements.baseAddress, !elements.isEmpty else { return }
    let memoryType = try Element.hdf5Type.makeType(place)
    try transfer(rows, "write") { memorySpace, fileSpace in
      H5Dwrite(id, memoryType.id, memorySpace, fileSpace, chdf5_default(), memory)
    }
    try expect(rows, Array(elements)) { dataset in
      guard Element.hdf5Type == dataset.elementType else {
        throw dataset.place.error("\(dataset.elementType) can't be compared with what was written: \(Element.hdf5Type)")
      }
      return try dataset.read(Element.self, rows: rows)
    } areEqual: { written, found in
      // To the bit: NaN is equal to itself.
      written.withUnsafeBytes { written in found.withUnsafeBytes { written.elementsEqual($0) } }
    }
  }

  // MARK: Bytes

  /// Reads all elements as they are in the file: numbers in the file's byte order, or strings of fixed length.
  ///
  /// - Throws: ``HDF5Error``; of elements of no fixed size, too, and of those that were never written.
  public func readBytes() throws -> [UInt8] {
    try checkMemory(for: count, of: elementSize)
    try checkFilters()
    guard count > 0 else { return [] }
    guard elementType.hasFixedSize else { throw place.error("elements of type \(elementType) have no fixed size") }
    guard try isStored() else { throw place.error("was never written") }
    let fileType = try place.open("can't read the element type") { H5Dget_type(id) }
    return try [UInt8](unsafeUninitializedCapacity: count * elementSize) { buffer, initializedCount in
      let memory = UnsafeMutableRawPointer(buffer.baseAddress!)
      try transfer(nil, "read") { memorySpace, fileSpace in
        H5Dread(id, fileType.id, memorySpace, fileSpace, chdf5_default(), memory)
      }
      initializedCount = count * elementSize
    }
  }

  // MARK: Strings

  /// Reads strings of any kind: of fixed or variable length, ASCII or UTF-8, padded with zeros or spaces.
  public func read(_ type: String.Type = String.self, rows: Range<Int>? = nil) throws -> [String] {
    let count = try elementCount(of: rows)
    guard count > 0 else { return [] }
    try checkMemory(for: count, of: elementSize)
    try checkFilters()
    let fileType = try place.open("can't read the element type") { H5Dget_type(id) }
    return try StringTransfer(type: fileType, place: place).read(count: count, limit: try fileSize()) {
      memoryType, properties, memory in
      try transfer(rows, "read") { memorySpace, fileSpace in
        H5Dread(id, memoryType, memorySpace, fileSpace, properties, memory)
      }
    }
  }

  /// Writes strings.
  public func write(_ strings: [String], rows: Range<Int>? = nil) throws {
    try checkCount(strings.count, rows)
    guard !strings.isEmpty else { return }
    let fileType = try place.open("can't read the element type") { H5Dget_type(id) }
    try StringTransfer(type: fileType, place: place).write(strings) { memoryType, memory in
      try transfer(rows, "write") { memorySpace, fileSpace in
        H5Dwrite(id, memoryType, memorySpace, fileSpace, chdf5_default(), memory)
      }
    }
    try expect(rows, strings) {
      try $0.read(String.self, rows: rows)
    } areEqual: {
      $0 == $1
    }
  }

  /// Has the file's reading back compare what was written with what is found in a data set of this path and shape.
  private func expect<Element: Sendable>(
    _ rows: Range<Int>?, _ written: [Element], _ read: @escaping @Sendable (HDF5Dataset) throws -> [Element],
    areEqual: @escaping @Sendable ([Element], [Element]) -> Bool
  ) throws {
    let (path, shape) = (path, shape)
    handle.writing?.expect("\(path) \(rows.map { "\($0)" } ?? "")") { file in
      let dataset = try file.dataset(path)
      guard dataset.shape == shape, try dataset.isStored(rows: rows), areEqual(written, try read(dataset)) else {
        throw StorageError(file.filePath, .compare, nil)
      }
    }
  }

  // MARK: Rows

  /// Calls `body` with the data spaces that select `rows`, in memory and in the file.
  private func transfer(
    _ rows: Range<Int>?, _ verb: String, _ body: (_ memory: hid_t, _ file: hid_t) -> herr_t
  ) throws {
    guard let rows else {
      try place.call("can't \(verb)") { body(chdf5_all(), chdf5_all()) }
      return
    }
    let fileSpace = try place.open("can't \(verb)") { H5Dget_space(id) }
    let start = [hsize_t(rows.lowerBound)] + shape.dropFirst().map { _ in 0 }
    let extents = [hsize_t(rows.count)] + shape.dropFirst().map { hsize_t($0) }
    try place.call("can't select rows \(rows)") {
      H5Sselect_hyperslab(fileSpace.id, H5S_SELECT_SET, start, nil, extents, nil)
    }
    // Of the same shape: where the shapes differ, HDF5 looks up the place of every single element.
    let memorySpace = try Dataspace.make([rows.count] + shape.dropFirst(), place)
    try place.call("can't \(verb) rows \(rows)") { body(memorySpace.id, fileSpace.id) }
  }

  /// The number of elements in `rows`, which must be rows of this data set.
  private func elementCount(of rows: Range<Int>?) throws -> Int {
    guard let rows else { return count }
    guard !shape.isEmpty, rows.lowerBound >= 0, rows.upperBound <= rowCount else {
      throw place.error("no rows \(rows) in shape \(shape)")
    }
    return rows.count * rowSize
  }

  private func checkCount(_ given: Int, _ rows: Range<Int>?) throws {
    let expected = try elementCount(of: rows)
    guard given == expected else {
      throw place.error(
        "\(given) elements in memory for \(expected) in \(rows.map { "rows \($0) of " } ?? "")shape \(shape)")
    }
  }

  private func checkNumeric() throws {
    guard elementType.isNumeric else { throw place.error("expected numbers, found elements of type \(elementType)") }
  }

  private func checkFilters() throws {
    for case .other(let filter, let name) in filters where Library.locked({ H5Zfilter_avail(Int32(filter)) }) <= 0 {
      throw place.error("stored with the filter \(name), which this HDF5 does not have: store it with gzip or none")
    }
  }

  /// Refuses to make room for more than the file can hold, or than the machine has: such a shape is damaged.
  private func checkMemory(for count: Int, of size: Int) throws {
    let (stored, overflow) = count.multipliedReportingOverflow(by: max(elementSize, size))
    guard !overflow else { throw place.error("impossible shape \(shape)") }
    guard stored > 32 << 20 else { return }
    try checkRoom(for: count, of: elementSize, allowance: 0)
    guard stored <= Int(clamping: ProcessInfo.processInfo.physicalMemory) else {
      throw place.error("\(stored >> 20) MiB don't fit into this machine's memory: read it by rows")
    }
  }
}
