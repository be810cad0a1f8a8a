extension [UInt8] {
  /// An unsigned number; bytes beyond the end are 0.
  func littleEndian(at offset: Int, count: Int) -> Int {
    var value = 0
    var index = Swift.min(offset + count, self.count)
    while index > offset {
      index -= 1
      value = value << 8 | Int(self[index])
    }
    return value
  }
}
