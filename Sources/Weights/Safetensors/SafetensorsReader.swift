import Foundation

/// Reads the convolutions of a safetensors file (https://github.com/huggingface/safetensors#format): the length of a JSON
/// header as 8 bytes, the header, and the tensors' bytes.
enum SafetensorsReader {
  static func recognizes(_ data: Data) -> Bool {
    guard let length = headerLength(data) else { return false }
    return length <= data.count - 8 && data[data.startIndex + 8] == UInt8(ascii: "{")
  }

  /// - Throws: ``Unreadable``.
  static func read(_ data: Data) throws -> WeightContent {
    content(of: [try Shard(data)], format: "safetensors")
  }

  static func content(of shards: [Shard], format: String) -> WeightContent {
    let state = StateDict(unordered: shards.flatMap(\.tensors))
    return WeightContent(
      format: format, tensors: shards.flatMap(\.listed), chain: state.chain(), parts: state.parts())
  }

  /// One file, which may be all of a model or a part of it.
  struct Shard {
    let tensors: [StoredTensor]
    let listed: [ListedTensor]

    var names: Set<String> { Set(listed.map(\.name)) }

    /// - Throws: ``Unreadable``.
    init(_ data: Data) throws {
      let length = headerLength(data) ?? 0
      let header: Header
      do {
        header = try JSONDecoder().decode(Header.self, from: data.dropFirst(8).prefix(length))
      } catch {
        throw Unreadable("safetensors, but its header is not the JSON it should be: a damaged file? Fetch it again")
      }
      let body = data.dropFirst(8 + length)
      let entries = header.entries.sorted { $0.value.offsets.lexicographicallyPrecedes($1.value.offsets) }
      try checkLayout(entries.map { ($0.key, $0.value.offsets) }, byteCount: body.count)
      tensors = try entries.map { try $0.value.stored(named: $0.key, in: body) }
      listed = entries.map { $0.value.listed(named: $0.key) }
    }
  }

  /// The format wants the tensors' bytes to fill the file, without gaps or overlaps.
  private static func checkLayout(_ tensors: [(name: String, offsets: [Int])], byteCount: Int) throws {
    var end = 0
    for (name, offsets) in tensors {
      guard offsets.count == 2, offsets[0] == end, offsets[0] <= offsets[1], offsets[1] <= byteCount else {
        throw Unreadable(
          "tensor \(name) has the data_offsets \(offsets), expected \(end) to at most \(byteCount): truncated? "
            + "Fetch it again")
      }
      end = offsets[1]
    }
    guard end == byteCount else {
      throw Unreadable("safetensors with \(byteCount - end) bytes that belong to no tensor: a damaged file")
    }
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

    func listed(named name: String) -> ListedTensor {
      ListedTensor(name: name, shape: shape, type: Self.elementTypes[dtype]?.rawValue ?? dtype)
    }

    /// A tensor of integers, such as `num_batches_tracked`, has no elements to read here.
    ///
    /// - Precondition: the offsets lie inside of `body`.
    func stored(named name: String, in body: Data) throws -> StoredTensor {
      let bytes = body.dropFirst(offsets[0]).prefix(offsets[1] - offsets[0])
      let elementType = Self.elementTypes[dtype]
      let tensor = try StoredTensor(name: name, elementType: elementType ?? .float32, shape: shape) { read in
        guard elementType != nil else {
          throw Unreadable("tensor \(name) holds \(dtype), expected F32, F16, BF16 or F64")
        }
        try bytes.withUnsafeBytes(read)
      }
      if let elementType, shape.reduce(elementType.size, *) != bytes.count {
        throw Unreadable("tensor \(name) (\(dtype), \(shape.timesJoined)) has \(bytes.count) bytes: a damaged file")
      }
      return tensor
    }

    private static let elementTypes: [String: ElementType] = [
      "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16,
    ]
  }
}
