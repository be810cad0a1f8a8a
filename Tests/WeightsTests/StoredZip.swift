import Foundation

/// A zip file of entries that are stored as they are.
enum StoredZip {
  static func archive(_ entries: [(name: String, data: Data)]) -> Data {
    var file = Data()
    var directory = Data()
    for (name, data) in entries {
      let name = Data(name.utf8)
      let sizes = bytes(checksum(data)) + bytes(UInt32(data.count)) + bytes(UInt32(data.count))
      let header = bytes(UInt16(20)) + Data(count: 8) + sizes + bytes(UInt16(name.count)) + bytes(UInt16(0))
      directory += Data([0x50, 0x4b, 0x01, 0x02]) + bytes(UInt16(20)) + header + Data(count: 10)
      directory += bytes(UInt32(file.count)) + name
      file += Data([0x50, 0x4b, 0x03, 0x04]) + header + name + data
    }
    let counts = bytes(UInt16(entries.count)) + bytes(UInt16(entries.count))
    let end = counts + bytes(UInt32(directory.count)) + bytes(UInt32(file.count)) + Data(count: 2)
    return file + directory + Data([0x50, 0x4b, 0x05, 0x06, 0, 0, 0, 0]) + end
  }

  private static func bytes(_ value: some FixedWidthInteger) -> Data {
    withUnsafeBytes(of: value.littleEndian) { Data($0) }
  }

  /// CRC-32 of ISO 3309, bit by bit.
  private static func checksum(_ data: Data) -> UInt32 {
    var sum = ~UInt32(0)
    for byte in data {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
    }
    return ~sum
  }
}
