import Core
import Foundation

/// What the stages tell the user, line by line: results and what is going on on standard output, warnings on standard
/// error.
///
/// Lines may quote the names of files and classes. Whatever is in those, a line is one line, and the terminal is not
/// made to do anything by it.
public struct Terminal: Sendable {
  /// No progress and no explanations; results and errors remain.
  public let quiet: Bool

  private let output: @Sendable (_ line: String) -> Void
  private let errors: @Sendable (_ line: String) -> Void

  public init(quiet: Bool = false) {
    self.init(quiet: quiet) { StandardStream.output.write($0 + "\n") }
  }

  /// A terminal whose standard output goes elsewhere, and where it is said, its standard error.
  package init(
    quiet: Bool, errors: @escaping @Sendable (_ line: String) -> Void = { StandardStream.error.write($0 + "\n") },
    output: @escaping @Sendable (_ line: String) -> Void
  ) {
    self.quiet = quiet
    self.output = output
    self.errors = errors
  }

  /// A result: printed always.
  package func print(_ line: String) {
    output(line.onOneLine)
  }

  /// What is going on: printed unless quiet.
  package func note(_ line: String) {
    if !quiet { print(line) }
  }

  /// Something the user should know, though the stage goes on.
  package func warn(_ line: String) {
    errors("warning: \(line.onOneLine)")
  }
}
