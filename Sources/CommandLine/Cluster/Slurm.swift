import ArgumentParser
import Console
import Foundation
import Support

extension ClusterPlan {
  /// - Throws: `PipelineError` where jobs are to be submitted and there is no Slurm.
  func checkSlurm() throws {
    guard !isDryRun, Slurm.path(of: "sbatch") == nil else { return }
    throw PipelineError("cluster submits jobs to Slurm, and there is no sbatch here")
  }

  /// Lists the images and submits the jobs; in a dry run it prints what would be done.
  func submit() throws {
    let list = StageRun(stage: .extract, words: words(for: .extract) + ["--shards", "\(nodes)"])
    if isDryRun { return printScripts(list) }
    try checkSlurm()
    let status = try list.run()
    guard status == EXIT_SUCCESS else { throw ExitCode(status) }
    do {
      try FileManager.default.createDirectory(atPath: cache + "/slurm", withIntermediateDirectories: true)
    } catch {
      throw PipelineError("\(cache)/slurm: this folder can't be made, for the jobs' logs")
    }
    try submitJobs()
  }

  private func printScripts(_ list: StageRun) {
    let command = ([list.stage.programPath] + list.words).map(\.quotedForShell).joined(separator: " ")
    StandardStream.output.write("# first, on this machine:\n\(command)\n\n")
    for job in jobs {
      let waiting = job.dependency.map { options(of: $0.end, id: $0.job.uppercased()) } ?? []
      StandardStream.output.write(
        "# \(job.name), \(job.time): \((["sbatch"] + waiting).joined(separator: " "))\n\(script(of: job))\n")
    }
  }

  /// What was submitted before a job that Slurm refuses is cancelled.
  private func submitJobs() throws {
    var ids: [String: String] = [:]
    for job in jobs {
      let waiting = job.dependency.map { options(of: $0.end, id: ids[$0.job]!) } ?? []
      let answer = try Slurm.run("sbatch", ["--parsable"] + waiting, input: script(of: job))
      let line = answer.text.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
      guard answer.status == EXIT_SUCCESS else {
        if !ids.isEmpty { _ = try Slurm.run("scancel", jobs.compactMap { ids[$0.name] }) }
        throw PipelineError(
          "Slurm does not take the job \(job.name) (\(line))\(ids.isEmpty ? "" : "; those before it are cancelled")")
      }
      let id = String(line.prefix { $0 != ";" })
      ids[job.name] = id
      let columns = [(job.name, 9), (job.time, 15)].map {
        $0.padding(toLength: max($1, $0.count), withPad: " ", startingAt: 0)
      }
      StandardStream.output.write("\(columns.joined(separator: " ")) job \(id)\n")
    }
    let all = jobs.compactMap { ids[$0.name] }.joined(separator: ",")
    StandardStream.error.write("logs are in \(cache)/slurm; squeue --jobs \(all) shows how far they are\n")
  }

  private func options(of end: String, id: String) -> [String] {
    ["--dependency=\(end):\(id)", "--kill-on-invalid-dep=yes"]
  }
}

/// Slurm's commands.
private enum Slurm {
  static func path(of command: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/\(command)" }.first(where: FileManager.default.isExecutableFile)
  }

  /// - Returns: what it prints, on both streams, and its exit status.
  static func run(_ command: String, _ arguments: [String], input: String = "") throws -> (text: String, status: Int32)
  {
    guard let path = path(of: command) else { throw PipelineError("there is no \(command) of Slurm's here") }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let (words, output) = (Pipe(), Pipe())
    process.standardInput = words
    process.standardOutput = output
    process.standardError = output
    try process.run()
    // A script is smaller than a pipe. A command that ends before it reads says why itself.
    try? words.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try? words.fileHandleForWriting.close()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (text, process.terminationStatus)
  }
}
