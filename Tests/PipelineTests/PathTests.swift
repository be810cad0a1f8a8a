import Foundation
import Testing

/// However a path is spelt, and whatever is there, a stage does its work or ends in one line.
@Suite struct PathTests {
  /// Paths relative to a folder in which the stages run.
  @Test func relativePathsOfOneComponent() throws {
    let pipeline = try SmallPipeline()
    let weights = try SmallPipeline.weights()
    let folder = pipeline.folder
    let expected = try SmallPipeline(.published)
    try expected.runAll()
    for (number, cache) in ["t", "./u", "v/", "w//", "./x/../x", folder.file("y")].enumerated() {
      let extract = try ProgramProcess(
        "extract",
        ["--data", ["data", "./data", "data/", "data//"][number % 4], "--cache", cache, "--weights", weights]
          + ["--size", "32"], log: folder)
      #expect(extract.wait(seconds: 60) == 0, "\(extract.output)")
      let fit = try ProgramProcess(
        "fit-head",
        ["--cache", cache, "--schedule", "3@1e-3", "--batch-size", "16", "--export", "s\(number).safetensors"],
        log: folder)
      #expect(fit.wait(seconds: 60) == 0, "\(fit.output)")
      let submit = try ProgramProcess("submit", ["--cache", cache, "--output", "o\(number)"], log: folder)
      #expect(submit.wait(seconds: 60) == 0, "\(submit.output)")
      #expect(try folder.bytes("o\(number)") == expected.bytes("submission.csv"))
    }
    let here = try ProgramProcess(
      "extract", ["--data", ".", "--cache", "..", "--weights", weights, "--size", "32"], log: folder,
      shell: #"cd data && mkdir -p here && exec "$@" --cache here"#)
    #expect(here.wait(seconds: 60) == 0, "\(here.output)")
    #expect(try folder.names(in: "data/here").contains("test.h5"))
  }

  @Test func aFolderOfPicturesThatStandsHere() throws {
    let folder = try TemporaryFolder()
    try Photographs(perClass: 2).write(to: folder)
    try folder.write("drivers.csv", Data("id,driver\ncat0.jpg,a\n".utf8))
    for (data, place) in [
      (".", "photographs"), ("..", "photographs/train"), ("photographs", "."), ("./", "photographs"),
    ] {
      let process = try ProgramProcess(
        "extract",
        ["--data", data, "--cache", "c", "--weights", try SmallPipeline.weights(), "--size", "32"]
          + ["--explain"], log: folder, shell: "cd \(place); " + #"exec "$@""#)
      #expect(process.wait(seconds: 60) == 0, "\(process.output)")
    }
  }

  private static let long = String(repeating: "n", count: 255)

  @Test(arguments: [
    ("extract", "--data"), ("extract", "--cache"), ("extract", "--weights"), ("extract", "--labels"),
    ("extract", "--groups"), ("extract", "--inspect-weights"), ("fit-head", "--cache"), ("fit-head", "--export"),
    ("fit-head", "--weights"), ("submit", "--cache"), ("submit", "--output"), ("submit", "--sample-submission"),
  ])
  func whatIsNoUsablePath(program: String, option: String) throws {
    let folder = try TemporaryFolder()
    // In a folder of its own, so that .. is no large one.
    try folder.write("here/file", Data("x".utf8))
    mkfifo(folder.file("here/pipe"), 0o600)
    for path in [
      "", "file/", "file/x", "file", "pipe", ".", "..", "/", "none/none", "new\nline", Self.long, Self.long + "n",
      "/dev/null", "/proc/self/mem",
    ] {
      var options = [option, path]
      // So that the path is what it ends at.
      if program == "extract", option != "--data", option != "--inspect-weights" {
        options += ["--data", folder.file("here")]
      }
      let process = try ProgramProcess(program, options, log: folder, shell: #"cd here; exec "$@""#)
      let status = process.wait(seconds: 20)
      #expect(status == (path.isEmpty ? 64 : 1), "\(options): \(process.output)")
      #expect(process.output.split(separator: "\n").count == 1, "\(options): \(process.output)")
      #expect(process.errorLines.count == 1, "\(options): \(process.output)")
    }
  }

  @Test func aFileThatMayNotBeRead() throws {
    let folder = try TemporaryFolder()
    chmod(folder.path, 0o777)
    for name in ["secret.csv", "secret.h5"] { chmod(try folder.write(name, Data("x".utf8)), 0) }
    // Root may read all.
    let shell = geteuid() == 0 ? #"exec setpriv --reuid 65534 --clear-groups "$@""# : #"exec "$@""#
    for options in [["--data", "secret.csv"], ["--inspect-weights", "secret.h5"]] {
      let process = try ProgramProcess("extract", options, log: folder, shell: shell)
      #expect(process.wait(seconds: 20) == 1)
      #expect(
        process.output.contains(": can't be read (Permission denied)")
          || process.output.hasSuffix(": Permission denied\n"))
    }
  }

  // MARK: - Results that would destroy something

  @Test func aSubmissionTakesTheplaceOfNothingElse() throws {
    let pipeline = try SmallPipeline()
    try pipeline.runAll()
    let folder = pipeline.folder
    try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: folder.file("cache"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("alias.csv"), withDestinationPath: folder.file("data/train.csv"))
    try folder.write("sample.csv", pipeline.bytes("submission.csv"))
    link(folder.file("cache/valid.h5"), folder.file("hard"))
    pipeline.submission.form.sample = folder.file("sample.csv")
    let before = try contents(of: folder)
    for path in [
      "cache/train.h5", "cache/./head.weights.h5", "cache/../cache/test.h5", "link/report.html", "hard", "alias.csv",
      "cache/heads/mine.csv", "cache/manifest.h5", "data/test.csv", "sample.csv", "./sample.csv", "link//.images.json",
    ] {
      pipeline.submission.form.output = folder.file(path)
      #expect { try pipeline.submit() } throws: { "\($0)".hasPrefix("--output \(folder.file(path)): ") }
      #expect(try contents(of: folder) == before)
    }
    pipeline.submission.form.output = folder.file("data/mine.csv")
    try pipeline.submit()
    pipeline.submission.form.format = .labels
    try pipeline.submit()
  }

  @Test func anExportTakesThePlaceOfNothingElse() throws {
    let caches = try MadeUpCaches()
    let folder = caches.folder
    caches.fitting.exports = [folder.file("a.safetensors")]
    try caches.fitHead()
    try caches.fitHead()
    try folder.write("vgg16.onnx", Data("weights".utf8))
    try folder.write("weights.safetensors", Data("weights".utf8))
    let before = try contents(of: folder)
    for paths in [
      ["vgg16.onnx"], ["weights.safetensors"], ["cache/heads/a.onnx"], ["b.onnx", "./b.onnx"], ["none/a.onnx"],
      ["/dev/null.onnx/a.onnx"],
    ] {
      caches.fitting.exports = paths.map { $0.hasPrefix("/") ? $0 : folder.path + "/" + $0 }
      #expect { try caches.fitHead() } throws: { "\($0)".hasPrefix("--export ") && !"\($0)".contains("\n") }
      #expect(try contents(of: folder) == before)
    }
  }

  /// Of all files below the folder, by name.
  private func contents(of folder: TemporaryFolder) throws -> [String: Data] {
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return Dictionary(
      uniqueKeysWithValues: try names.compactMap { name in
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: folder.file(name), isDirectory: &isFolder)
        return isFolder.boolValue ? nil : (name, try folder.bytes(name))
      })
  }
}
