import Foundation
import Testing

/// `./pipeline.sh`, as far as it ends before anything is built or fetched.
@Suite struct ScriptTests {
  @Test(arguments: [
    ["--partition", "a\"b"], ["--partition", "a\n#SBATCH --wrap=true"], ["--cache", "it's"], ["--cache", "a\\b"],
    ["--cache=a\u{1B}[31mb"],
  ])
  func directivesThatWouldBreak(options: [String]) throws {
    let process = Process()
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    process.executableURL = root.appendingPathComponent("pipeline.sh")
    process.arguments = ["cluster", "--dry-run", "--nodes", "2"] + options
    let output = Pipe()
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 64)
    #expect(text.contains("Slurm can't take a quote, a backslash or a control character"))
    #expect(text.split(separator: "\n").count == 1 && !text.contains("\u{1B}"))
  }
}
