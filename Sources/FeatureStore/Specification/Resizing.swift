import Core

/// How images are brought to the network's input size.
public struct Resizing: Codable, Sendable, Equatable {
  public var filter = ResizeFilter.bilinear
  public var aspect = AspectRatio.stretch
  /// Whether JPEGs that are much larger are decoded at a half, a quarter or an eighth of their size.
  public var decodesFast = false

  public init() {}
}

extension Resizing: CustomStringConvertible {
  /// As the cache's attribute `resize` holds it.
  public var description: String {
    "\(filter.rawValue), \(aspect.rawValue)\(decodesFast ? ", fast decoding" : "")"
  }
}
