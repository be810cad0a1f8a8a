import Foundation
import Testing

/// CONTRIBUTING draws the modules and their arrows as the sources' imports have them.
@Suite struct ModuleArrowsTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The modules that each module imports; those of Core's kernels are its own.
  private func imports() throws -> [String: Set<String>] {
    let sources = Self.root.appendingPathComponent("Sources")
    let names = try FileManager.default.contentsOfDirectory(atPath: sources.path)
    let modules = Set(names.filter { $0.first!.isUppercase && !Self.isOfC($0) })
    return try Dictionary(
      uniqueKeysWithValues: modules.map { module in
        let files = try FileManager.default.subpathsOfDirectory(atPath: sources.appendingPathComponent(module).path)
        let lines = try files.filter { $0.hasSuffix(".swift") }.flatMap { file in
          try String(contentsOf: sources.appendingPathComponent("\(module)/\(file)"), encoding: .utf8).split(
            separator: "\n")
        }
        let imported = lines.compactMap { line -> String? in
          let words = line.split(separator: " ")
          guard let index = words.firstIndex(of: "import"), index < 2, index + 1 < words.count else { return nil }
          return String(words[index + 1])
        }
        return (module, modules.intersection(imported).subtracting([module]))
      })
  }

  /// Whether it is a map of a C library: `CPNG`.
  private static func isOfC(_ name: String) -> Bool { name.first == "C" && name.dropFirst().first!.isUppercase }

  @Test func theyAreAsContributingDrawsThem() throws {
    let imports = try imports()
    var below: [String: Set<String>] = [:]
    func reached(from module: String) -> Set<String> {
      if let known = below[module] { return known }
      let all = imports[module]!.reduce(imports[module]!) { $0.union(reached(from: $1)) }
      below[module] = all
      return all
    }
    // Those that others lead to are left out.
    let arrows = imports.map { module, direct in
      (module, direct.filter { one in !direct.contains { $0 != one && reached(from: $0).contains(one) } })
    }
    let drawn = arrows.sorted { (reached(from: $1.0).count, $0.0) < (reached(from: $0.0).count, $1.0) }
      .map { module, targets in
        targets.isEmpty ? "    \(module)" : "    \(module) → \(targets.sorted().joined(separator: ", "))"
      }.joined(separator: "\n")
    let page = try String(contentsOf: Self.root.appendingPathComponent("CONTRIBUTING.md"), encoding: .utf8)
    #expect(page.contains("\n\n\(drawn)\n\n"), "CONTRIBUTING should draw\n\(drawn)")
  }
}
