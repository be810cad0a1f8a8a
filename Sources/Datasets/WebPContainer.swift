/// What a WebP file holds beside a picture: metadata, and the frames of an animation (WebP Container Specification).
struct WebPContainer {
  private let chunks: [RIFFChunks.Chunk]
  /// Of the chunk VP8X; 0 where there is none.
  private let flags: UInt8
  /// Whether the file is as long as its header says. What is cut off may have been metadata.
  let isWhole: Bool

  private enum Flag {
    static let xmp: UInt8 = 0x04
    static let exif: UInt8 = 0x08
    static let alpha: UInt8 = 0x10
  }

  /// - Parameter bytes: of a whole file.
  init(_ bytes: [UInt8]) {
    isWhole = bytes.count >= 8 + RIFFChunks.size(bytes.dropFirst(4))
    chunks = Array(RIFFChunks(bytes.dropFirst(12)))
    flags = chunks.first.flatMap { $0.name == "VP8X" ? $0.content.first : nil } ?? 0
  }

  /// What the header does not announce does not count.
  var orientationData: OrientationData {
    func content(_ name: String, _ flag: UInt8) -> [UInt8]? {
      flags & flag == 0 ? nil : chunks.first { $0.name == name }.map { Array($0.content) }
    }
    return OrientationData(exif: content("EXIF", Flag.exif), xmp: content("XMP ", Flag.xmp))
  }

  /// A part of an animation.
  struct Frame {
    let top: Int
    let left: Int
    let height: Int
    let width: Int
    /// As a WebP file of its own.
    let file: [UInt8]
  }

  /// Nil where there is none, or no whole one.
  var firstFrame: Frame? {
    guard let content = chunks.first(where: { $0.name == "ANMF" })?.content, content.count > 16 else { return nil }
    let parts = Array(RIFFChunks(content.dropFirst(16)))
    guard let picture = parts.first(where: { $0.name == "VP8 " || $0.name == "VP8L" }) else { return nil }
    let alpha = parts.first { $0.name == "ALPH" }.map { [Self.header(of: content), $0] } ?? []
    return Frame(
      top: 2 * number24(content, at: 3), left: 2 * number24(content, at: 0), height: 1 + number24(content, at: 9),
      width: 1 + number24(content, at: 6), file: RIFFChunks.file(alpha + [picture]))
  }

  /// The header of a still picture with transparency and the size of a frame.
  private static func header(of frame: ArraySlice<UInt8>) -> RIFFChunks.Chunk {
    RIFFChunks.Chunk(name: "VP8X", content: [Flag.alpha, 0, 0, 0] + frame.dropFirst(6).prefix(6))
  }
}
