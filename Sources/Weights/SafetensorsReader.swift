import Foundation

/// Reads the convolutions of a safetensors file (https://github.com/huggingface/safetensors#format): the length of a JSON
/// header as 8 bytes, the header, and the tensors' bytes.
enum SafetensorsReader {
  static func recognizes(_ data: Data) -> Bool {
    guard let length = headerLength(data) else { return false }
    return length <= data.count - 8 && data[data.startIndex + 8] == UInt8(ascii: "{")
  }

  /// - Throws: ``Unreadable``.
  static func read(_ data: Data) throws -> WeightFile.Content {
    let length = headerLength(data) ?? 0
    let header: Header
    do {
      header = try JSONDecoder().decode(Header.self, from: data.dropFirst(8).prefix(length))
    } catch {
      throw Unreadable("safetensors, but its header is not the JSON it should be: a damaged file? Fetch it again")
    }
    let body = data.dropFirst(8 + length)
    let tensors = try header.entries.map { try $0.value.stored(named: $0.key, in: body) }
    return WeightFile.Content(
      format: "safetensors", convolutions: try StateDict(unordered: tensors).convolutions(), preprocessing: nil)
  }

  private static func headerLength(_ data: Data) -> Int? {
    guard data.count > 8 else { return nil }
    let length = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    return Int(exactly: length)
  }

  private struct Header: Decodable {
    var entries: [String: Entry] = [:]

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      for name in container.allKeys where name.stringValue != "__metadata__" {
        entries[name.stringValue] = try container.decode(Entry.self, forKey: name)
      }
    }

    struct Name: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }

      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }
  }

  private struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    /// Begin and end, from the header's end.
    let offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }

    /// A tensor of integers, such as `num_batches_tracked`, has no elements to read here.
    func stored(named name: String, in body: Data) throws -> StoredTensor {
      guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1],
        offsets[1] <= body.count
      else { throw Unreadable("tensor \(name) lies outside of the file: truncated? Fetch it again") }
      let bytes = body.dropFirst(offsets[0]).prefix(offsets[1] - offsets[0])
      let elementType = Self.elementTypes[dtype]
      return try StoredTensor(name: name, elementType: elementType ?? .float32, shape: shape) { read in
        guard elementType != nil else {
          throw Unreadable("tensor \(name) holds \(dtype), expected F32, F16, BF16 or F64")
        }
        try bytes.withUnsafeBytes(read)
      }
    }

    private static let elementTypes: [String: ElementType] = [
      "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16,
    ]
  }
}
