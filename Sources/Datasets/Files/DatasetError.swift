import Core
import Storage

/// What is wrong with a data set, in one line: the file, the place in it, what was expected, what to do.
public struct DatasetError: FileError, Equatable, Sendable {
  /// The file or folder; nil where the reason names it, or only who asked for the file knows.
  public let subject: String?
  /// Such as `line 3: expected a whole number, found 'x'`.
  public let statement: String

  /// - Parameters:
  ///   - statement: may quote a damaged or hostile file; what is no plain text in it is replaced.
  ///   - subject: the path of the file or folder that it is about, likewise.
  package init(_ statement: String, about subject: String? = nil) {
    (self.subject, self.statement) = (subject?.printable, statement.printable)
  }

  /// Whether they say the same.
  public static func == (first: DatasetError, second: DatasetError) -> Bool { first.description == second.description }

  /// The same of a file that only now is known by its path.
  package func about(_ path: String) -> DatasetError {
    subject == nil ? DatasetError(statement, about: path) : self
  }
}
