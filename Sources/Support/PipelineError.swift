/// What stops a stage: one line that names the file, the place and what to do, printed on standard error.
public struct PipelineError: Error, CustomStringConvertible, Equatable {
  public let description: String

  public init(_ description: String) {
    self.description = description
  }
}
