/// The shape of one image's features, channels last.
public struct FeatureShape: Codable, Sendable, Hashable, CustomStringConvertible {
  public var height: Int
  public var width: Int
  public var channels: Int

  public init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  public var count: Int { height * width * channels }

  public var description: String { "\(height)×\(width)×\(channels)" }
}
