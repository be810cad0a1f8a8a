import CommandLine
import Foundation
import Testing

/// What README and the catalogs name is there, and what is there is named.
@Suite struct DocumentationTests {
  @Test func readmeIsShort() throws {
    let lines = try Page("README.md").text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 201, "README.md has \(lines.count - 1) lines, of 200 that people read")
  }

  @Test func readmeHasTheTestCommand() throws {
    #expect(try Page("README.md").code.contains { $0 == "./pipeline.sh test" })
  }

  /// What is documented is no one machine's.
  @Test func noPageNamesAMachine() throws {
    for page in try Page.all() {
      for path in ["/work/", "/home/", "/root/", "/tmp/"] {
        #expect(!page.text.contains(path), "\(page.path): \(path)")
      }
    }
  }

  /// The recipes name files by their names, or by the ends of their paths.
  @Test func recipesNameFilesThatAreThere() throws {
    let files = try ["Sources", "Tests"].flatMap { folder in
      try FileManager.default.subpathsOfDirectory(atPath: Page.root + "/" + folder).map { "/\(folder)/\($0)" }
    }
    let named = try Page("CONTRIBUTING.md").code.filter { $0.wholeMatch(of: #/[A-Za-z0-9_+\/]+\.(swift|py)/#) != nil }
    #expect(named.count > 20)
    for name in named {
      #expect(files.contains { $0.hasSuffix("/" + name) }, "CONTRIBUTING.md: \(name)")
    }
  }

  @Test func thereAreCatalogs() throws {
    let pages = try Page.all()
    #expect(pages.count { $0.path.contains(".docc/") } >= 20)
    #expect(pages.map(\.path).contains(Self.reference))
  }

  @Test func theNewestVersionHasAnEntry() throws {
    let newest = try #require(Page("CHANGELOG.md").headings.first { $0.hasPrefix("## ") })
    #expect(newest.hasPrefix("## \(Version.number) "))
    #expect(Version.line == "vgg16-feature-cache \(Version.number)")
  }

  // MARK: - Links

  @Test func linksLeadSomewhere() throws {
    for page in try Page.all() {
      for link in page.links where !link.contains("://") {
        #expect(try page.leadsSomewhere(link), "\(page.path): \(link)")
      }
    }
  }

  /// Each `<doc:Name>` is a page of the same catalog, and each page of a catalog is in the topics of its first.
  @Test func catalogsListTheirPages() throws {
    let pages = try Page.all().filter { $0.path.contains(".docc/") }
    for (folder, pages) in Dictionary(grouping: pages, by: \.folder) {
      let listed = Set(pages.flatMap(\.topics))
      // The module's own page is where its catalog begins.
      let names = Set(pages.filter { !$0.isOfModule }.map(\.name))
      #expect(listed == names, "\(folder)")
    }
  }

  // MARK: - Commands

  @Test func commandsExist() throws {
    let known = try Set(Stage.allCases.map(\.name) + Tool.allCases.map(\.name) + ["cluster"] + Self.tasks())
    #expect(known.isSuperset(of: ["setup", "test", "docs", "fuzz", "bench", "options"]))
    for page in try Page.all() {
      for line in page.code {
        for command in Self.commands(in: line) {
          #expect(known.contains(command), "\(page.path): ./pipeline.sh \(command)")
        }
      }
    }
  }

  /// The words that follow `./pipeline.sh`, but for options and for names in capitals, which stand for others.
  private static func commands(in line: String) -> [String] {
    line.components(separatedBy: "./pipeline.sh ").dropFirst().compactMap { rest in
      let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "-" }
      return word.isEmpty || word.hasPrefix("-") || word == word.uppercased() ? nil : String(word)
    }
  }

  /// What `./pipeline.sh` does without a program: the first word of each case of its function main.
  private static func tasks() throws -> [String] {
    let script = try Page("pipeline.sh").text
    let main = try #require(script.components(separatedBy: "\nmain() {\n").last)
    return main.split(separator: "\n").compactMap { line in
      line.firstMatch(of: #/^ {4}([a-z][a-z0-9-]*)( \||\))/#).map { String($0.1) }
    }
  }

  // MARK: - Options

  @Test func optionsExist() throws {
    let ours = Set(Self.programs.values.flatMap(\.self)).union(["--help", "--version", "--generate-completion-script"])
    let benchmarks = try Self.benchmarkOptions()
    for page in try Page.all() {
      for line in page.code where !Self.isOfOthers(line) {
        let known = line.contains("bench") ? ours.union(benchmarks) : ours
        for option in Self.options(in: line) { #expect(known.contains(option), "\(page.path): \(option)") }
      }
    }
  }

  /// Each option of each program has one line in the reference, and nothing else has.
  @Test func everyOptionIsDocumentedOnce() throws {
    var documented: [String: [String]] = [:]
    var programs: [String] = []
    for line in try Page(Self.reference).text.split(separator: "\n").map(String.init) {
      if line.hasPrefix("## ") { programs = Page.spans(in: line) }
      guard line.hasPrefix("| `--") else { continue }
      let cells = line.split(separator: "|").map(String.init)
      let named = Page.spans(in: cells[1])
      let isShared = !named.isEmpty && named.allSatisfy { Self.programs[$0] != nil }
      let option = try #require(Self.options(in: cells[0]).first)
      for program in isShared ? named : programs { documented[program, default: []].append(option) }
      #expect(isShared || programs.count == 1, "\(line): whose option is it?")
      #expect(cells.count == (isShared ? 4 : 3), "\(line)")
    }
    for (program, options) in Self.programs {
      #expect(documented[program, default: []].sorted() == options.sorted(), "\(program)")
    }
  }

  private static let reference = "Sources/CommandLine/CommandLine.docc/Options.md"

  /// The options of all programs and commands.
  private static let programs: [String: [String]] = {
    let stages = Stage.allCases.map { ($0.name, $0.declaredOptions) }
    let tools = Tool.allCases.map { ($0.name, DeclaredOption.all(of: $0.command)) }
    let all = stages + tools + [("cluster", ClusterOptions.declared)]
    return Dictionary(uniqueKeysWithValues: all.map { ($0, $1.map(\.name)) })
  }()

  private static func options(in line: String) -> [String] {
    line.matches(of: #/(?:^|[\s`(\[])(--[a-z][a-z0-9-]*)/#).map { String($0.1) }
  }

  /// Whether other people's programs have the options of a line.
  private static func isOfOthers(_ line: String) -> Bool {
    ["swift ", "git ", "python3 ", "sbatch", "SBATCH"].contains { line.contains($0) }
  }

  /// Of the programs and scripts in Benchmarks.
  private static func benchmarkOptions() throws -> Set<String> {
    let files = try FileManager.default.subpathsOfDirectory(atPath: Page.root + "/Benchmarks")
    var options: Set<String> = []
    for file in files where file.hasSuffix(".py") || file.hasSuffix(".swift") {
      let text = try Page("Benchmarks/" + file).text
      options.formUnion(text.matches(of: #/"(--[a-z-]+)"/#).map { String($0.1) })
      options.formUnion(
        text.matches(of: #/var ([a-z][A-Za-z]*)/#).map { property in
          "--" + property.1.map { $0.isUppercase ? "-" + $0.lowercased() : String($0) }.joined()
        })
    }
    return options
  }
}

/// A page of the documentation, in Markdown.
private struct Page {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// Below the project's folder.
  let path: String
  let text: String
  /// Outside of blocks and spans of code.
  let prose: String
  /// Spans of code, and the lines of its blocks.
  let code: [String]

  init(_ path: String) throws {
    self.path = path
    text = try String(contentsOfFile: Self.root + "/" + path, encoding: .utf8)
    let (paragraphs, blocks) = Self.apart(text)
    let pieces = paragraphs.components(separatedBy: "`")
    prose = pieces.enumerated().filter { $0.offset % 2 == 0 }.map(\.element).joined()
    code =
      blocks
      + pieces.enumerated().filter { $0.offset % 2 == 1 }.map {
        $0.element.split(separator: "\n").joined(separator: " ")
      }
  }

  /// README and its like, and all pages of the catalogs.
  static func all() throws -> [Page] {
    let catalogs = try FileManager.default.subpathsOfDirectory(atPath: root + "/Sources")
      .filter { $0.contains(".docc/") && $0.hasSuffix(".md") }.sorted().map { "Sources/" + $0 }
    return try (["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "cache/README.md"] + catalogs).map(Page.init)
  }

  /// What stands between backticks.
  static func spans(in line: String) -> [String] {
    line.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
  }

  /// Paragraphs, tables and headings; and the lines of code, between fences or four blanks to the right.
  private static func apart(_ text: String) -> (paragraphs: String, code: [String]) {
    var (paragraphs, code): ([String], [String]) = ([], [])
    var (isFenced, isAfterBlank, isIndented) = (false, true, false)
    for line in text.components(separatedBy: "\n") {
      if line.hasPrefix("```") {
        isFenced.toggle()
        continue
      }
      isIndented = line.hasPrefix("    ") && (isAfterBlank || isIndented)
      isAfterBlank = line.allSatisfy(\.isWhitespace)
      if isFenced || isIndented { code.append(line) } else { paragraphs.append(line) }
    }
    return (paragraphs.joined(separator: "\n"), code)
  }

  var folder: String { path.split(separator: "/").dropLast().joined(separator: "/") }
  /// Without its ending.
  var name: String { String(path.split(separator: "/").last!.dropLast(".md".count)) }
  var isOfModule: Bool { text.hasPrefix("# ``") }
  /// With their code.
  var headings: [String] {
    Self.apart(text).paragraphs.split(separator: "\n").filter { $0.hasPrefix("#") }.map(String.init)
  }
  var topics: [String] { prose.matches(of: #/<doc:([^>]+)>/#).map { String($0.1) } }

  /// Targets of links and images.
  var links: [String] {
    prose.matches(of: #/\]\(([^)\s]+)\)/#).map { String($0.1) }
      + prose.matches(of: #/src(?:set)?="([^"]+)"/#).map { String($0.1) }
  }

  /// Whether there is a file of that name, and in it a heading, where one is named.
  func leadsSomewhere(_ link: String) throws -> Bool {
    let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let target = parts[0].isEmpty ? path : folder + "/" + parts[0]
    let file = URL(fileURLWithPath: Self.root + "/" + target).standardizedFileURL.path
    guard file.hasPrefix(Self.root + "/"), FileManager.default.fileExists(atPath: file) else { return false }
    guard parts.count > 1 else { return true }
    return try Page(String(file.dropFirst(Self.root.count + 1))).anchors.contains(parts[1])
  }

  /// What a repository's web page calls the headings: in small letters, with dashes for blanks, without punctuation.
  private var anchors: [String] {
    headings.map { heading in
      let title = heading.drop { $0 == "#" }.drop { $0 == " " }.lowercased()
      return String(title.filter { $0.isLetter || $0.isNumber || " -_".contains($0) }.map { $0 == " " ? "-" : $0 })
    }
  }
}
