/// An error about a file. Its line is the path and what is wrong there; who knows the path already, or calls the file
/// something else, takes the statement alone.
public protocol FileError: Error, CustomStringConvertible {
  /// The path of the file or folder, as it was given or found; nil where only who asked for it knows.
  var subject: String? { get }
  /// What is wrong, the place in the file, and what to do, without the path.
  var statement: String { get }
}

extension FileError {
  /// One line: `cache/train.h5: can't be written: No space left on device`.
  public var description: String { subject.map { "\($0): \(statement)" } ?? statement }
}

/// What an error says of a file that the reader knows to be the subject: not its path once more.
package func statement(of error: any Error, about path: String) -> String {
  guard let error = error as? any FileError, error.subject == path else { return "\(error)" }
  return error.statement
}
