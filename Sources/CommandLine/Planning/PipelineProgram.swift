import ArgumentParser
import Console
import Foundation
import Support

/// The command behind `./pipeline.sh`: all stages with one command line, each in its own program.
package enum PipelineProgram {
  package static func main() {
    var ending = Ending(command: PipelineOptions.self, help: "./pipeline.sh options")
    StandardStream.prepare()
    do {
      let words = try readWords(for: nil)
      if words.contains("cluster") {
        ending = Ending(command: ClusterCommand.self, help: "./pipeline.sh cluster --help")
      } else if let tool = words.lazy.compactMap(Tool.init).first {
        ending = Ending(command: tool.command, help: "./pipeline.sh \(tool.name) --help")
      }
      if words.first == "downloads" {
        try tellDownloads(Array(words.dropFirst()))
      } else {
        try carryOut(try Plan(words))
      }
    } catch {
      ending.end(with: error)
    }
    ending.end(status: EXIT_SUCCESS)
  }

  /// For `./pipeline.sh`: `downloads WORDS…` says what a run with these words wants to be fetched, a word a line.
  private static func tellDownloads(_ words: [String]) throws {
    let plan: Plan
    do {
      plan = try Plan(words)
    } catch let request where PipelineOptions.exitCode(for: request).isSuccess {
      // Help takes nothing.
      return
    }
    if case .cluster(let cluster) = plan { try cluster.checkSlurm() }
    for download in plan.downloads { StandardStream.output.write(download.rawValue + "\n") }
  }

  private static func carryOut(_ plan: Plan) throws {
    switch plan {
    case .program(let run): try run.replaceThisProcess()
    case .tool(let tool, let words): try tool.run(words)
    case .cluster(let cluster): try cluster.submit()
    case .stages(let runs): try end(isAllSaid: carryOut(runs))
    case .comparison(let comparison):
      try end(isAllSaid: comparison.run { try carryOut($0, isFollowed: $1) })
    }
  }

  private static func end(isAllSaid: Bool) throws {
    if !isAllSaid { throw ExitCode(EX_IOERR) }
  }

  /// A stage that could not print all that it had to say has done its work all the same.
  ///
  /// - Parameter isFollowed: whether others come after these.
  /// - Returns: whether all that there was to say could be printed.
  private static func carryOut(_ runs: [StageRun], isFollowed: Bool = false) throws -> Bool {
    var isAllSaid = true
    for (index, run) in runs.enumerated() {
      StageSequence.announce(isFollowed || index + 1 < runs.count)
      let status = try run.run()
      guard status == EXIT_SUCCESS || status == EX_IOERR else { throw ExitCode(status) }
      isAllSaid = isAllSaid && status == EXIT_SUCCESS
    }
    return isAllSaid
  }
}
