import CDeflate

/// Which pictures of a split are copies of others: equal to the last byte.
struct Copies {
  /// For each row the first one with the same content, which may be the row itself.
  let first: [Int]

  /// Only files of equal size are read.
  ///
  /// - Throws: ``DatasetError`` where a picture can't be read.
  init(in part: ImageDataset.Part) throws {
    var first = Array(part.examples.indices)
    let rowsOfSize = Dictionary(grouping: first) { row in part.pictures.origin(at: row)?.size ?? -1 }
    for (size, rows) in rowsOfSize where rows.count > 1 && size != 0 {
      var seen: [UInt32: [Int]] = [:]
      for row in rows {
        let content = try part.pictures.content(at: row)
        // Of files that are gone to be read, too.
        if content.isEmpty { continue }
        let checksum = libdeflate_crc32(0, content, content.count)
        if let original = try seen[checksum, default: []].first(where: { try part.pictures.content(at: $0) == content })
        {
          first[row] = original
        } else {
          seen[checksum, default: []].append(row)
        }
      }
    }
    self.first = first
  }
}
