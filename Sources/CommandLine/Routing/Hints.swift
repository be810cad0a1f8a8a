import ArgumentParser
import Core
import Foundation

/// Answers to a command line that can't be understood: what was probably meant, across the stages.
package struct Hints {
  /// The stages whose options can be given here: one, or all.
  let stages: [Stage]
  /// Options that can be given besides.
  var others: [DeclaredOption] = []
  /// Words that can stand alone.
  var commands: [String] = []

  package init(stages: [Stage]) {
    self.stages = stages
  }

  init(stages: [Stage], others: [DeclaredOption], commands: [String]) {
    (self.stages, self.others, self.commands) = (stages, others, commands)
  }

  /// One line about what has no place, without who should be asked for more.
  package func line(about stray: Words.Stray) -> String {
    switch stray {
    case .option(let name): unknownOption(name)
    case .value(let word, let given, let rest): strayValue([word] + rest, after: given)
    case .missing(let name, nil): "missing value for \(name)."
    case .missing(let name, let found?):
      Double(found) == nil
        ? "missing value for \(name): \(found) is an option."
        : "\(name) takes a number with a sign as \(name)=\(found)."
    }
  }

  // MARK: - Options

  private func unknownOption(_ name: String) -> String {
    if stages.count == 1, let line = Self.otherMeanings[stages[0]]?[name] { return line }
    if Self.schedules.contains(name.bare) {
      let stage = stages.contains(.fitHead) ? "" : "fit-head's "
      return "\(name): give epochs and rate in \(stage)--schedule 20@1e-3."
    }
    if let better = Self.otherNames[name.bare] { return "no option \(name): it is \(better)." }
    for others in [Stage.inOrder, [.predict]] {
      let elsewhere = others.filter { $0.declares(name) }.map(\.name)
      guard !elsewhere.isEmpty else { continue }
      let owners = "\(name) belongs to \(elsewhere.joined(separator: " and "))"
      return others == Stage.inOrder ? "\(owners); ./pipeline.sh without a stage takes it, too." : "\(owners)."
    }
    if ClusterOptions.declared.contains(where: { $0.name == name }) { return "\(name) belongs to cluster." }
    let here = (stages.flatMap(\.declaredOptions) + others).map(\.name)
    if let near = nearestName(to: "--" + name.bare, among: here) {
      return "no option \(name). Did you mean \(near)?"
    }
    let elsewhere = Stage.allCases.flatMap { $0.declaredOptions.map(\.name) }
    if let near = nearestName(to: "--" + name.bare, among: elsewhere),
      let stage = Stage.allCases.first(where: { $0.declares(near) })
    {
      return "no option \(name). Did you mean \(stage.name)'s \(near)?"
    }
    return "no option \(name)."
  }

  /// What an option of another stage's name is called here.
  private static let otherMeanings: [Stage: [String: String]] = [
    .extract: [
      "--seed": "extract has no --seed: the split's seed is --split-seed.",
      "--batch-size": "extract has no --batch-size: how many images are computed together is --extract-batch-size.",
    ]
  ]

  /// What says how long and how fast a head learns elsewhere.
  private static let schedules: Set = [
    "epochs", "epoch", "nb-epoch", "lr", "learning-rate", "learningrate", "rate",
  ]

  /// What options are called elsewhere.
  private static let otherNames = [
    "image-size": "--size", "img-size": "--size", "input-size": "--size", "target-size": "--size",
    "num-threads": "--threads", "workers": "--threads", "jobs": "--threads", "model": "--weights",
    "dataset": "--data", "input": "--data", "out": "--output", "validation-split": "--valid-fraction",
    "val-fraction": "--valid-fraction", "test-size": "--test-fraction", "early-stopping": "--patience",
    "weight-decay": "--l2",
  ]

  // MARK: - Words that stand alone

  private func strayValue(_ words: [String], after given: Words.Given?) -> String {
    if let given, let value = given.value, let option = Stage.declared(given.name) {
      if Self.lists.contains(given.name) {
        let values = CommaList<String>.pieces(of: ([value] + words).joined(separator: " ")).filter { !$0.isEmpty }
        return "\(given.name) takes several values with commas: \(given.name) \(values.joined(separator: ","))."
      }
      if option.isRepeating {
        let all = ([value] + words).map { "\(given.name) \($0)" }
        return "\(given.name) takes one value; give it again for another: \(all.joined(separator: " "))."
      }
      if words[0].allSatisfy({ $0 == "%" }) { return "\(given.name) takes a share as \(value)%." }
    }
    if !commands.isEmpty, FileManager.default.fileExists(atPath: words[0]) {
      return "no command '\(words[0])'. To train on it: --data \(words[0]); to classify it: predict \(words[0])."
    }
    if let near = nearestName(to: words[0], among: commands) {
      return "no command '\(words[0])'. Did you mean '\(near)'?"
    }
    if let given, let value = given.value {
      return "unexpected '\(words[0])': \(given.name) takes one value, '\(value)'."
    }
    return commands.isEmpty
      ? "unexpected '\(words[0])'."
      : "no command '\(words[0])'. There are \(commands.joined(separator: ", "))."
  }

  /// Options of several values in one.
  private static let lists: Set = ["--dropout", "--head", "--hidden"]
}

extension Stage {
  /// The option of whichever stage has it.
  fileprivate static func declared(_ name: String) -> DeclaredOption? {
    allCases.lazy.flatMap(\.declaredOptions).first { $0.name == name }
  }
}

extension String {
  /// An option's name without its dashes, with dashes for underscores.
  fileprivate var bare: String { String(drop { $0 == "-" }.map { $0 == "_" ? "-" : $0 }).lowercased() }
}
