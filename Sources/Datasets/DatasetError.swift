import Core

/// What is wrong with a data set, in one line: the file, the place in it, what was expected, what to do.
public struct DatasetError: Error, CustomStringConvertible, Equatable, Sendable {
  public let description: String

  /// - Parameter description: may quote a damaged or hostile file; what is no plain text in it is replaced.
  package init(_ description: String) {
    self.description = description.printable
  }
}
