import ArgumentParser

/// The words of a command line, told apart by what is declared: options with their values, and the command among them,
/// before or after options.
package struct Words: Equatable {
  /// An option as it was given: `--size 96`, `--size=96`, `--flip`.
  package struct Given: Equatable {
    package let name: String
    package let words: [String]

    package init(name: String, words: [String]) {
      (self.name, self.words) = (name, words)
    }

    /// What was given with it; nil for a flag.
    package var value: String? {
      if words.count == 2 { return words[1] }
      return words[0].firstIndex(of: "=").map { String(words[0][words[0].index(after: $0)...]) }
    }
  }

  package private(set) var options: [Given] = []
  package private(set) var command: String?
  /// Where the command stands among the words.
  package private(set) var commandIndex: Int?

  /// - Parameters:
  ///   - words: without the program's name.
  ///   - declared: what is known.
  ///   - commands: the words that may stand alone, one of them once.
  /// - Throws: ``Stray``, the first word that has no place.
  package init(_ words: [String], declared: [DeclaredOption], commands: [String] = []) throws {
    let declared = Dictionary(declared.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var rest = words[...]
    while let word = rest.first {
      let index = rest.startIndex
      rest.removeFirst()
      guard word.isOption else {
        guard command == nil, commands.contains(word) else {
          throw Stray.value(word, after: options.last, rest: rest.prefix { !$0.isOption && !commands.contains($0) })
        }
        (command, commandIndex) = (word, index)
        continue
      }
      let name = String(word.prefix { $0 != "=" })
      guard let option = declared[name] else { throw Stray.option(name) }
      guard option.takesValue, name == word else {
        options.append(Given(name: name, words: [word]))
        continue
      }
      if option.isValueOptional, rest.first.map({ $0.isOption || commands.contains($0) }) ?? true {
        options.append(Given(name: name, words: [word]))
        continue
      }
      guard let value = rest.first, !value.isOption else { throw Stray.missing(name, found: rest.first) }
      rest.removeFirst()
      options.append(Given(name: name, words: [word, value]))
    }
  }

  /// The last value of an option, which is the one that counts.
  package func value(of name: String) -> String? { options.last { $0.name == name }?.value }

  /// The words that a stage understands, in their order. Where the convolutions are fine-tuned, the network is cut before
  /// them.
  package func arguments(for stage: Stage) -> [String] {
    let own = options.filter { stage.declares($0.name) }.flatMap(\.words)
    let (layer, names) = ("--layer", options.map(\.name))
    return stage == .extract && names.contains(FineTuningOption.name) && !names.contains(layer)
      ? own + [layer, FineTuningOption.usualCut] : own
  }

  /// What has no place on a command line.
  package enum Stray: Error, Equatable {
    /// An option that is not declared.
    case option(String)
    /// A word that is neither an option nor a value nor a command.
    case value(String, after: Given?, rest: ArraySlice<String>)
    /// An option whose value is not there; an option stands in its place, or nothing.
    case missing(String, found: String?)
  }
}

extension String {
  /// As ArgumentParser has it: a dash alone is a value.
  fileprivate var isOption: Bool { hasPrefix("-") && count > 1 }
}
