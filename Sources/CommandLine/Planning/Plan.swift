import ArgumentParser
import Foundation

/// What the words after `pipeline` ask for: checked, before anything of it is done.
package enum Plan: Equatable {
  /// The programs, one after the other.
  case stages([StageRun])
  /// The programs for each of several sizes or layers, and for the best of them.
  case comparison(ComparisonPlan)
  /// One program, with the words that are the user's own: it answers what it does not understand.
  case program(StageRun)
  /// What this program does itself, with the words that are the user's own.
  case tool(Tool, words: [String])
  /// All stages as Slurm's jobs.
  case cluster(ClusterPlan)

  /// - Throws: `ValidationError` and the parser's errors; the parser's wish to show help.
  package init(_ words: [String]) throws {
    if let tool = words.first.flatMap(Tool.init) {
      self = .tool(tool, words: Array(words.dropFirst()))
      return
    }
    // Its words are paths.
    if words.first == Stage.predict.name {
      self = .program(StageRun(stage: .predict, words: Array(words.dropFirst())))
      return
    }
    let parsed: Words
    do {
      parsed = try Words(words, declared: Self.declared, commands: Self.commands)
    } catch let stray as Words.Stray {
      if let stage = words.first.flatMap(Stage.init(rawValue:)) {
        self = .program(StageRun(stage: stage, words: Array(words.dropFirst())))
        return
      }
      throw ValidationError(Self.line(about: stray))
    }
    var words = words
    if let index = parsed.commandIndex { words.remove(at: index) }
    switch parsed.command {
    case nil: self = try Self.everything(words, parsed)
    case "cluster": self = .cluster(try ClusterPlan(words, parsed))
    case let name?:
      self =
        if let tool = Tool(rawValue: name) { .tool(tool, words: words) } else {
          .program(StageRun(stage: Stage(rawValue: name)!, words: words))
        }
    }
  }

  private static func everything(_ words: [String], _ parsed: Words) throws -> Plan {
    if let option = parsed.options.first(where: { given in ClusterOptions.declared.contains { $0.name == given.name } })
    {
      throw ValidationError("\(option.name) belongs to cluster.")
    }
    let stages = Set(DeclaredOption.all(of: PipelineOptions.self).map(\.name))
    for option in parsed.options where !stages.contains(option.name) {
      guard let tool = Tool.allCases.first(where: { $0.declares(option.name) }) else { continue }
      throw ValidationError("\(option.name) belongs to \(tool.name).")
    }
    let comparison = try ComparisonPlan(parsed) { words in
      guard case .stages(let runs) = try everything(words, try Words(words, declared: declared)) else { return nil }
      return runs
    }
    if let comparison { return .comparison(comparison) }
    _ = try PipelineOptions.parse(words)
    let runs = Stage.inOrder.map { StageRun(stage: $0, words: parsed.arguments(for: $0)) }
    let extract = try ExtractOptions.parse(runs[0].words)
    return extract.isOnItsOwn ? .program(runs[0]) : .stages(runs)
  }

  private static func line(about stray: Words.Stray) -> String {
    if case .value(let word, _, _) = stray, tasks.contains(word) {
      return "\(word) takes its place before all options: ./pipeline.sh \(word)."
    }
    return Hints(stages: Stage.inOrder, others: ClusterOptions.declared, commands: commands + tasks).line(about: stray)
  }

  private static let commands = Stage.allCases.map(\.name) + Tool.allCases.map(\.name) + ["cluster"]
  /// What `./pipeline.sh` does without this program.
  private static let tasks = [
    "setup", "test", "test-cluster", "test-library", "test-arm64", "faults", "soak", "fuzz", "docs", "bench", "options",
    "help",
  ]

  private static let declared =
    DeclaredOption.all(of: PipelineOptions.self) + ClusterOptions.declared + Tool.declared
    + ["--help", "-h", "--help-hidden", "--version"].map {
      DeclaredOption(name: $0, takesValue: false, isRepeating: false)
    }
    + [DeclaredOption(name: "--generate-completion-script", takesValue: true, isRepeating: false)]
}
