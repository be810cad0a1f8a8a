import Storage

/// What stops a stage: one line that names the file, the place and what to do, printed on standard error.
public struct PipelineError: FileError, Equatable {
  public let subject: String?
  public let statement: String

  /// - Parameters:
  ///   - statement: what is wrong and what to do.
  ///   - subject: the path of the file that it is about; nil where the statement names all that there is to name.
  public init(_ statement: String, about subject: String? = nil) {
    (self.subject, self.statement) = (subject, statement)
  }
}
