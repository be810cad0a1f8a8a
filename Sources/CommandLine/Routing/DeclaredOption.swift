import ArgumentParser
import Foundation

/// An option or flag, as its property declares it.
package struct DeclaredOption: Hashable, Sendable {
  /// With its dashes.
  package let name: String
  package let takesValue: Bool
  /// Whether a user may give it several times, and all count.
  package let isRepeating: Bool
  /// Whether it is understood without a value, too.
  package var isValueOptional: Bool { name == FineTuningOption.name }

  package init(name: String, takesValue: Bool, isRepeating: Bool) {
    (self.name, self.takesValue, self.isRepeating) = (name, takesValue, isRepeating)
  }

  /// The options that a type and its groups declare, in their order, `--help` and `--version` left out.
  package static func all(of options: any ParsableArguments.Type) -> [DeclaredOption] {
    // The parser tells its declarations in this way only.
    let description = try? JSONDecoder().decode(Description.self, from: Data(options._dumpHelp().utf8))
    guard let arguments = description?.command.arguments else {
      preconditionFailure("swift-argument-parser describes \(options) in another way than it did")
    }
    return arguments.flatMap { argument in
      (argument.names ?? []).map { name in
        DeclaredOption(
          name: (name.kind == "long" ? "--" : "-") + name.name, takesValue: argument.kind == "option",
          isRepeating: argument.isRepeating)
      }
    }
    .filter { !["--help", "-h", "--version"].contains($0.name) }
  }

  /// What is wanted of ArgumentParser's description of a command.
  private struct Description: Decodable {
    struct Command: Decodable { let arguments: [Argument]? }
    struct Argument: Decodable {
      let kind: String
      let isRepeating: Bool
      let names: [Name]?
    }
    struct Name: Decodable { let kind, name: String }

    let command: Command
  }
}

extension Stage {
  private static let declarations = Dictionary(
    uniqueKeysWithValues: allCases.map { ($0, DeclaredOption.all(of: $0.options)) })

  package var declaredOptions: [DeclaredOption] { Self.declarations[self]! }

  package func declares(_ name: String) -> Bool { declaredOptions.contains { $0.name == name } }
}

extension ClusterOptions {
  package static let declared = DeclaredOption.all(of: ClusterOptions.self)
}
