import Core

/// Why the weights in a file can't be used: one line that names the file, the place in it, and what was expected.
public struct WeightsError: Error, Equatable, CustomStringConvertible {
  public let path: String
  public let reason: String

  /// - Parameter reason: may quote a damaged or hostile file; what is no plain text in it is replaced, and its length bounded.
  package init(path: String, reason: String) {
    self.path = path
    self.reason = reason.printable
  }

  public var description: String { "\(path): \(reason)" }
}
