import CommandLine
import Testing

/// How the words of a command line are told apart.
@Suite struct WordsTests {
  private static let declared = DeclaredOption.all(of: PipelineOptions.self)

  private func words(_ line: String, commands: [String] = ["fit-head"]) throws -> Words {
    try Words(line.split(separator: " ").map(String.init), declared: Self.declared, commands: commands)
  }

  @Test func optionsFlagsAndValues() throws {
    let words = try words("--size=96 --flip --schedule 2@1e-3 --schedule 4@1e-3 --size 64 --data -")
    #expect(words.options.map(\.name) == ["--size", "--flip", "--schedule", "--schedule", "--size", "--data"])
    #expect(words.value(of: "--size") == "64")
    #expect(words.value(of: "--flip") == nil)
    #expect(words.value(of: "--data") == "-")
    #expect(words.command == nil)
    #expect(
      words.arguments(for: .fitHead) == ["--schedule", "2@1e-3", "--schedule", "4@1e-3"])
    #expect(words.arguments(for: .extract) == ["--size=96", "--flip", "--size", "64", "--data", "-"])
  }

  @Test(arguments: [
    ("fit-head --cache x --dropout 0.4", 0), ("--cache x fit-head --dropout 0.4", 2),
    ("--cache fit-head --dropout 0.4 fit-head", 4),
  ])
  func aCommandStandsAnywhere(line: String, index: Int) throws {
    let words = try words(line)
    #expect(words.command == "fit-head")
    #expect(words.commandIndex == index)
    #expect(words.options.map(\.name) == ["--cache", "--dropout"])
  }

  @Test func valuesKeepWhatIsInThem() throws {
    let words = try Words(["--cache", "a b\n'\"", "--data=x=y"], declared: Self.declared)
    #expect(words.arguments(for: .submit) == ["--cache", "a b\n'\""])
    #expect(words.value(of: "--data") == "x=y")
  }

  @Test func whatHasNoPlace() {
    #expect(throws: Words.Stray.option("--sise")) { try words("--sise 96") }
    #expect(throws: Words.Stray.missing("--size", found: nil)) { try words("--size") }
    #expect(throws: Words.Stray.missing("--limit", found: "-1")) { try words("--limit -1") }
    #expect(throws: Words.Stray.missing("--data", found: "--flip")) { try words("--data --flip") }
    #expect(throws: Words.Stray.value("b", after: .init(name: "--data", words: ["--data", "a"]), rest: ["c"])) {
      try words("--data a b c --flip d")
    }
    #expect(throws: Words.Stray.self) { try words("fit-head fit-head") }
    #expect(throws: Words.Stray.self) { try words("-- x") }
  }
}
