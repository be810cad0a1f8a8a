import ArgumentParser
import Console
import FeatureStore
import Stages

/// Several sizes, layers or both: features and a head for each, one table, and all stages for the best.
package struct ComparisonPlan: Equatable {
  /// One of what is compared: the runs of all stages, with one size and one layer.
  package struct Variant: Equatable {
    /// "--size 64 --layer block4_pool": those of the options of which there are several.
    package let name: String
    /// What makes its row of the table: nothing is submitted, and nothing exported.
    package let trial: [StageRun]
    /// What is run where it is the best.
    package let runs: [StageRun]
  }

  package let variants: [Variant]
  private let cache: CacheFolder
  private let isQuiet: Bool

  private static let compared = ["--size", "--layer"]

  /// Nil where no option that is compared has several values.
  ///
  /// - Parameters:
  ///   - parsed: the words after `pipeline`, without a stage.
  ///   - runs: what one variant's words ask for, each checked.
  /// - Throws: `ValidationError` where a value is missing between commas, or a variant asks for no whole run; what `runs`
  ///   throws.
  init?(_ parsed: Words, runs: (_ words: [String]) throws -> [StageRun]?) throws {
    let values = try Self.compared.map { name in (name, try Self.values(of: name, parsed)) }
    let several = values.filter { $0.1.count > 1 }
    guard !several.isEmpty else { return nil }
    let names = several.map(\.0)
    let others = parsed.options.filter { !names.contains($0.name) }
    let combinations = several.reduce([[String]]()) { combinations, option in
      let words = option.1.map { [option.0, $0] }
      return combinations.isEmpty ? words : combinations.flatMap { first in words.map { first + $0 } }
    }
    variants = try combinations.map { words in
      let kept = others.filter { $0.name != "--export" }.flatMap(\.words)
      guard let trial = try runs(kept + words), let all = try runs(others.flatMap(\.words) + words) else {
        throw ValidationError("\(names.joined(separator: " and ")): several are compared by whole runs alone.")
      }
      return Variant(name: words.joined(separator: " "), trial: trial.filter { $0.stage != .submit }, runs: all)
    }
    let options = try PipelineOptions.parse(others.flatMap(\.words))
    (cache, isQuiet) = (options.cache.folder, options.quiet.quiet)
  }

  private static func values(of name: String, _ parsed: Words) throws -> [String] {
    guard let value = parsed.value(of: name) else { return [] }
    let values = CommaList<String>.pieces(of: value)
    guard !values.contains("") else { throw ValidationError("\(name) \(value): a value is missing.") }
    return values.enumerated().filter { !values.prefix($0.offset).contains($0.element) }.map(\.element)
  }

  /// - Parameter carryOut: runs programs, one after the other; further ones follow them or not. It returns whether all
  ///   could print what they had to say.
  /// - Returns: whether all could.
  /// - Throws: what `carryOut` throws; as ``FeatureComparison/add()``.
  func run(_ carryOut: ([StageRun], _ isFollowed: Bool) throws -> Bool) throws -> Bool {
    let terminal = Terminal(quiet: isQuiet)
    var comparison = FeatureComparison(cache)
    var isAllSaid = true
    for (number, variant) in zip(1..., variants) {
      terminal.note("\(variant.name) (\(number) of \(variants.count))")
      isAllSaid = try carryOut(variant.trial, true) && isAllSaid
      try comparison.add()
    }
    comparison.lines.forEach(terminal.print)
    let best = variants[comparison.best]
    terminal.print("\(best.name) is taken, whose log-loss is the lowest; its features and those of the others are kept")
    return try carryOut(best.runs, false) && isAllSaid
  }
}
