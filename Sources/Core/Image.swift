/// A decoded picture: 8 bits a channel, rows from the top, channels interleaved.
public struct Image: Sendable, Equatable {
  /// In pixels.
  public let height: Int
  /// In pixels.
  public let width: Int
  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int
  /// `height × width × channels` values, 0–255.
  public var pixels: [UInt8]

  /// - Precondition: `pixels.count == height × width × channels`.
  public init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
    precondition(pixels.count == height * width * channels, "an image of \(height)×\(width)×\(channels)")
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
  }
}
