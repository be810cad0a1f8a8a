import ArgumentParser
import Core

/// What `./pipeline.sh` does beside the stages, within its own program.
package enum Tool: String, CaseIterable, Sendable {
  case evaluate
  case inspect
  case history
  case clean
  case export

  /// As the user calls it.
  package var name: String { rawValue }

  /// What can be asked of it.
  package var command: any ParsableCommand.Type {
    switch self {
    case .evaluate: EvaluateCommand.self
    case .inspect: InspectCommand.self
    case .history: HistoryCommand.self
    case .clean: CleanCommand.self
    case .export: ExportCommand.self
    }
  }
}

extension Tool {
  /// The options of all of them.
  static let declared = allCases.flatMap { DeclaredOption.all(of: $0.command) }

  func declares(_ name: String) -> Bool { DeclaredOption.all(of: command).contains { $0.name == name } }

  /// - Throws: the parser's errors, and those of what is run.
  func run(_ words: [String]) throws {
    var command = try command.parseAsRoot(words)
    if self == .evaluate || self == .inspect { try checkMachine(for: name) }
    try command.run()
  }
}
