import ArgumentParser

/// The three programs with files between them, in their order.
package enum Stage: String, CaseIterable, Sendable {
  case extract
  case fitHead = "fit-head"
  case submit

  /// As the user calls it; the program's file, too.
  package var name: String { rawValue }

  /// What can be asked of it.
  package var options: any ParsableArguments.Type {
    switch self {
    case .extract: ExtractOptions.self
    case .fitHead: FitHeadOptions.self
    case .submit: SubmitOptions.self
    }
  }
}
