import CHDF5
import Foundation

/// Strings between Swift and HDF5, for data sets and attributes: `type` is the string type in the file.
struct StringTransfer {
  let type: HDF5Handle
  let place: Place

  /// Reads `count` strings through `transfer`, which is given the type, the transfer properties and the memory.
  ///
  /// - Parameter limit: bytes that all strings together may claim; a damaged length must not become an allocation.
  func read(
    count: Int, limit: Int, _ transfer: (_ type: hid_t, _ properties: hid_t, UnsafeMutableRawPointer) throws -> Void
  ) throws -> [String] {
    guard count > 0 else { return [] }
    switch HDF5ElementType(of: type) {
    case .string: return try readVariable(count: count, limit: limit, transfer)
    case .fixedString(let size): return try readFixed(count: count, size: size, limit: limit, transfer)
    case let other: throw place.error("expected strings, found elements of type \(other)")
    }
  }

  private func readFixed(
    count: Int, size: Int, limit: Int, _ transfer: (hid_t, hid_t, UnsafeMutableRawPointer) throws -> Void
  ) throws -> [String] {
    let padding = Library.locked { H5Tget_strpad(type.id) }
    let (total, overflow) = count.multipliedReportingOverflow(by: size)
    // Fixed strings may be deflated, and those of up to 32 MiB need no room in the file if they were never written.
    let (unpacked, unbounded) = limit.multipliedReportingOverflow(by: 1032)
    guard !overflow, unbounded || total <= max(unpacked, 32 << 20) else {
      throw place.error("\(count) strings of \(size) bytes are more than the file's size allows")
    }
    var bytes = [UInt8](repeating: 0, count: total)
    try bytes.withUnsafeMutableBytes { try transfer(type.id, chdf5_default(), $0.baseAddress!) }
    return try (0..<count).map { index in
      let cell = bytes[(index * size)..<((index + 1) * size)]
      switch padding {
      case H5T_STR_SPACEPAD: return try string(cell.trimmingSuffix(UInt8(ascii: " ")), index)
      case H5T_STR_NULLPAD: return try string(cell.trimmingSuffix(0), index)
      default: return try string(cell.prefix { $0 != 0 }, index)
      }
    }
  }

  private func readVariable(
    count: Int, limit: Int, _ transfer: (hid_t, hid_t, UnsafeMutableRawPointer) throws -> Void
  ) throws -> [String] {
    // Every string ends with a zero that is not in the file.
    var budget = StringBudget(bytesLeft: limit + count)
    return try withUnsafeMutablePointer(to: &budget) { budget in
      let properties = try place.open("can't read strings") { H5Pcreate(chdf5_dataset_transfer()) }
      try place.call("can't read strings") {
        H5Pset_vlen_mem_manager(properties.id, StringBudget.allocate, budget, { memory, _ in free(memory) }, nil)
      }
      var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
      defer { for pointer in pointers { free(pointer) } }
      try pointers.withUnsafeMutableBytes { try transfer(type.id, properties.id, $0.baseAddress!) }
      return try pointers.enumerated().map { index, pointer in
        guard let pointer else { return "" }
        return try string(
          UnsafeBufferPointer(start: pointer, count: strlen(pointer)).map(UInt8.init(bitPattern:)), index)
      }
    }
  }

  private func string(_ bytes: some Sequence<UInt8>, _ index: Int) throws -> String {
    guard let string = String(validating: Array(bytes), as: UTF8.self) else {
      throw place.error("string \(index) is not valid UTF-8")
    }
    return string
  }

  /// Writes `strings` through `transfer`, which is given the type and the memory.
  func write(
    _ strings: [String], _ transfer: (_ type: hid_t, UnsafeRawPointer) throws -> Void
  ) throws {
    switch HDF5ElementType(of: type) {
    case .string: try writeVariable(strings, transfer)
    case .fixedString(let size): try writeFixed(strings, size: size, transfer)
    case let other: throw place.error("strings for elements of type \(other)")
    }
  }

  private func writeVariable(_ strings: [String], _ transfer: (hid_t, UnsafeRawPointer) throws -> Void) throws {
    // All strings in one block, each ended by a zero.
    var bytes: [UInt8] = []
    var starts: [Int] = []
    starts.reserveCapacity(strings.count)
    for string in strings {
      try checkZeros(string)
      starts.append(bytes.count)
      bytes.append(contentsOf: string.utf8)
      bytes.append(0)
    }
    try bytes.withUnsafeBufferPointer { block in
      let pointers = starts.map { block.baseAddress! + $0 }
      try pointers.withUnsafeBytes { try transfer(type.id, $0.baseAddress!) }
    }
  }

  private func writeFixed(
    _ strings: [String], size: Int, _ transfer: (hid_t, UnsafeRawPointer) throws -> Void
  ) throws {
    let padding = Library.locked { H5Tget_strpad(type.id) }
    let capacity = padding == H5T_STR_NULLTERM ? size - 1 : size
    let pad = padding == H5T_STR_SPACEPAD ? UInt8(ascii: " ") : 0
    var bytes: [UInt8] = []
    bytes.reserveCapacity(strings.count * size)
    for string in strings {
      try checkZeros(string)
      let length = string.utf8.count
      guard length <= capacity else { throw place.error("\"\(string)\" is longer than \(capacity) bytes") }
      bytes.append(contentsOf: string.utf8)
      bytes.append(contentsOf: repeatElement(pad, count: size - length))
    }
    try bytes.withUnsafeBytes { try transfer(type.id, $0.baseAddress!) }
  }

  private func checkZeros(_ string: String) throws {
    guard !string.utf8.contains(0) else { throw place.error("a string with a zero byte can't be written") }
  }
}

/// How many bytes HDF5 may still allocate for strings.
private struct StringBudget {
  var bytesLeft: Int

  static let allocate: @convention(c) (Int, UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { size, context in
    guard let budget = context?.assumingMemoryBound(to: StringBudget.self), size <= budget.pointee.bytesLeft else {
      return nil
    }
    budget.pointee.bytesLeft -= size
    return malloc(size)
  }
}

extension ArraySlice where Element == UInt8 {
  fileprivate func trimmingSuffix(_ padding: UInt8) -> ArraySlice {
    self[..<((lastIndex { $0 != padding }).map { $0 + 1 } ?? startIndex)]
  }
}
