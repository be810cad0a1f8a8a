/// Why the weights in a file can't be used: one line that names the file, the place in it, and what was expected.
public struct WeightsError: Error, Equatable, CustomStringConvertible {
  public let path: String
  public let reason: String

  package init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String { "\(path): \(reason)" }
}

/// What a reader throws; ``WeightFile`` knows the file's name and makes it a ``WeightsError``.
struct Unreadable: Error {
  let reason: String

  init(_ reason: String) {
    self.reason = reason
  }
}
