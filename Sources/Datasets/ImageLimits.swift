/// What a picture may be to be decoded at all, so that a small file can't ask for all the memory there is.
public struct ImageLimits: Sendable {
  /// Height times width. The default is the number from which Pillow warns of a decompression bomb: a quarter of a
  /// gigabyte in three channels.
  public var pixels: Int
  /// Height and width, each. JPEG's own limit.
  public var side: Int

  public init(pixels: Int = 89_478_485, side: Int = 65_535) {
    self.pixels = pixels
    self.side = side
  }
}
