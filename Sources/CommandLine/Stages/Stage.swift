import ArgumentParser

/// The programs: three with files between them, in their order, and one that answers with what they made.
package enum Stage: String, CaseIterable, Sendable {
  case extract
  case fitHead = "fit-head"
  case submit
  case predict

  /// Those that a run of everything runs.
  package static let inOrder: [Stage] = [.extract, .fitHead, .submit]

  /// As the user calls it; the program's file, too.
  package var name: String { rawValue }

  /// What can be asked of it.
  package var options: any ParsableArguments.Type {
    switch self {
    case .extract: ExtractOptions.self
    case .fitHead: FitHeadOptions.self
    case .submit: SubmitOptions.self
    case .predict: PredictOptions.self
    }
  }
}
