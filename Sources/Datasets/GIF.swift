import CGIF
import Core

/// Decodes GIF: of an animation the first frame, on its canvas; what is transparent is white.
///
/// As Pillow does it: the canvas is as large as the frame needs, and has the transparent colour, or else the palette's
/// first.
enum GIF {
  static let signature = Array("GIF8".utf8)

  static func decode(_ bytes: [UInt8], limits: ImageLimits) throws -> Image {
    try bytes.withUnsafeBufferPointer { input in
      var source = GIFSource(rest: input[...])
      return try withUnsafeMutablePointer(to: &source) { source in
        var code: Int32 = 0
        guard let file = DGifOpen(source, GIFSource.read, &code) else { throw failure(code) }
        defer { DGifCloseFile(file, nil) }
        return try firstFrame(file, limits: limits)
      }
    }
  }

  private static func firstFrame(_ file: UnsafeMutablePointer<GifFileType>, limits: ImageLimits) throws -> Image {
    var transparent: UInt8?
    while true {
      var type = UNDEFINED_RECORD_TYPE
      guard DGifGetRecordType(file, &type) == GIF_OK else { throw failure(file.pointee.Error) }
      switch type {
      case EXTENSION_RECORD_TYPE:
        if let index = try transparentIndex(file) { transparent = index }
      case IMAGE_DESC_RECORD_TYPE:
        guard DGifGetImageHeader(file) == GIF_OK else { throw failure(file.pointee.Error) }
        return try frame(file, transparent: transparent, limits: limits)
      default:
        throw DatasetError("a GIF file without a picture")
      }
    }
  }

  /// What the extension at hand says to be transparent; nil where it does not.
  private static func transparentIndex(_ file: UnsafeMutablePointer<GifFileType>) throws -> UInt8? {
    var code: Int32 = 0
    var block: UnsafeMutablePointer<UInt8>?
    guard DGifGetExtension(file, &code, &block) == GIF_OK else { throw failure(file.pointee.Error) }
    var index: UInt8?
    // Its length, then flags, a delay of two bytes, and the index.
    if code == GRAPHICS_EXT_FUNC_CODE, let block, block[0] >= 4, block[1] & 1 != 0 { index = block[4] }
    while block != nil {
      guard DGifGetExtensionNext(file, &block) == GIF_OK else { throw failure(file.pointee.Error) }
    }
    return index
  }

  private static func frame(
    _ file: UnsafeMutablePointer<GifFileType>, transparent: UInt8?, limits: ImageLimits
  ) throws -> Image {
    let place = file.pointee.Image
    let (top, left) = (Int(place.Top), Int(place.Left))
    let height = max(Int(file.pointee.SHeight), top + Int(place.Height))
    let width = max(Int(file.pointee.SWidth), left + Int(place.Width))
    try limits.check(height: height, width: width)
    guard place.Width > 0, place.Height > 0 else {
      throw DatasetError("a GIF picture whose frame has \(place.Height)×\(place.Width) pixels")
    }
    var canvas = [UInt8](repeating: transparent ?? 0, count: height * width)
    for row in rows(Int(place.Height), isInterlaced: place.Interlace) {
      let start = (top + row) * width + left
      let status = canvas.withUnsafeMutableBufferPointer { canvas in
        DGifGetLine(file, canvas.baseAddress! + start, place.Width)
      }
      guard status == GIF_OK else { throw failure(file.pointee.Error) }
    }
    let palette = palette(place.ColorMap ?? file.pointee.SColorMap, transparent: transparent)
    let pixels = [UInt8](unsafeUninitializedCapacity: 3 * canvas.count) { output, count in
      for index in canvas {
        for colour in palette[Int(index)] {
          output[count] = colour
          count += 1
        }
      }
    }
    return Image(height: height, width: width, channels: 3, pixels: pixels)
  }

  /// The rows in the order of the file.
  private static func rows(_ height: Int, isInterlaced: Bool) -> [Int] {
    guard isInterlaced else { return Array(0..<height) }
    return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { first, step in stride(from: first, to: height, by: step) }
  }

  private static func palette(_ map: UnsafeMutablePointer<ColorMapObject>?, transparent: UInt8?) -> [[UInt8]] {
    let colours = map.map { UnsafeBufferPointer(start: $0.pointee.Colors, count: Int($0.pointee.ColorCount)) }
    var palette = paletteOf256(colours?.prefix(256).map { [$0.Red, $0.Green, $0.Blue] } ?? [])
    if let transparent { palette[Int(transparent)] = [255, 255, 255] }
    return palette
  }

  private static func failure(_ code: Int32) -> DatasetError {
    let reason = GifErrorString(code).map { String(cString: $0) } ?? "error \(code)"
    return DatasetError("not a whole GIF picture: \(reason)")
  }
}

/// The bytes of a file that giflib is yet to read.
private struct GIFSource {
  var rest: Slice<UnsafeBufferPointer<UInt8>>

  /// What giflib calls for the next bytes: fewer than it asked for are the end of the file.
  static let read: @convention(c) (UnsafeMutablePointer<GifFileType>?, UnsafeMutablePointer<UInt8>?, Int32) -> Int32 = {
    file, target, count in
    guard let source = file?.pointee.UserData?.assumingMemoryBound(to: GIFSource.self), let target, count > 0 else {
      return 0
    }
    let part = source.pointee.rest.prefix(Int(count))
    for (index, byte) in part.enumerated() { target[index] = byte }
    source.pointee.rest = source.pointee.rest.dropFirst(part.count)
    return Int32(part.count)
  }
}
