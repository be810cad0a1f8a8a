/// The chunks of a WebP file, which are those of RIFF (WebP Container Specification): a name of four bytes, a size, that
/// many bytes, and one more where they are odd.
struct RIFFChunks: Sequence, IteratorProtocol {
  struct Chunk {
    let name: String
    let content: ArraySlice<UInt8>
  }

  private var rest: ArraySlice<UInt8>

  /// - Parameter bytes: chunks, one after another.
  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// Nil at the end, and where a chunk is cut short.
  mutating func next() -> Chunk? {
    guard rest.count >= 8 else { return nil }
    let size = Self.size(rest.dropFirst(4))
    guard rest.count - 8 >= size else { return nil }
    let chunk = Chunk(name: String(decoding: rest.prefix(4), as: UTF8.self), content: rest.dropFirst(8).prefix(size))
    rest = rest.dropFirst(8 + size + size % 2)
    return chunk
  }

  /// The size in the first four bytes.
  static func size(_ bytes: ArraySlice<UInt8>) -> Int { bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) } }

  /// A file of such chunks.
  static func file(_ chunks: [Chunk]) -> [UInt8] {
    func size(_ count: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } }
    let body: [UInt8] = chunks.flatMap { chunk in
      let padding = [UInt8](repeating: 0, count: chunk.content.count % 2)
      return Array(chunk.name.utf8) + size(chunk.content.count) + chunk.content + padding
    }
    return Array("RIFF".utf8) + size(4 + body.count) + Array("WEBP".utf8) + body
  }
}

/// An unsigned number of three bytes, as WebP has them.
func number24(_ bytes: ArraySlice<UInt8>, at offset: Int) -> Int {
  bytes.dropFirst(offset).prefix(3).reversed().reduce(0) { $0 << 8 | Int($1) }
}
