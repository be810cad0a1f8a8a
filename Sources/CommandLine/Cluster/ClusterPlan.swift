import ArgumentParser
import Core
import Foundation

/// The stages as Slurm's jobs: extract as an array of one task a node, its join, fit-head and submit each after the one
/// before. This machine lists and reads the images; the nodes share its folders.
package struct ClusterPlan: Equatable {
  let nodes: Int
  let partition: String?
  let cpus: Int?
  let isDryRun: Bool
  /// Absolute, as is the folder where the user stands, to which paths among the options are relative.
  package let cache: String
  package let folder: String
  /// The user's, of all stages.
  private let words: Words

  /// - Parameter words: those after `cluster`, as they are and told apart.
  init(_ words: [String], _ parsed: Words, folder: String = FileManager.default.currentDirectoryPath) throws {
    let options = try ClusterCommand.parse(words)
    (nodes, partition, cpus) = (options.cluster.nodes!, options.cluster.partition, options.cluster.cpus)
    (isDryRun, self.folder, self.words) = (options.cluster.dryRun, folder, parsed)
    let path = options.stages.cache.cache
    cache = path.hasPrefix("/") ? path : folder + "/" + path
    for (what, value) in [("--partition", partition ?? ""), ("--cache", cache), ("this folder's name", folder)] {
      try Self.check(what, value)
    }
    let extract = try ExtractOptions.parse(self.words(for: .extract))
    guard !extract.isOnItsOwn, !extract.computing.repair else {
      throw ValidationError("cluster runs all stages, and shards extract itself: leave out what runs extract alone.")
    }
  }

  /// Values stand between quotes in a job's #SBATCH lines, which know no way to escape one.
  private static func check(_ what: String, _ value: String) throws {
    guard
      value.unicodeScalars.contains(where: {
        $0.properties.generalCategory == .control || "\"'\\".unicodeScalars.contains($0)
      })
    else { return }
    throw ValidationError(
      "\(what): Slurm can't take a quote, a backslash or a control character: \(value.onOneLine)")
  }

  /// The words of a stage's program, the cache's folder among them.
  package func words(for stage: Stage) -> [String] {
    words.arguments(for: stage) + (words.value(of: "--cache") == nil ? ["--cache", cache] : [])
  }

  /// Whether the user said how many threads compute; otherwise a job takes all processors that it has.
  var namesThreads: Bool { words.value(of: "--threads") != nil }
}

/// Cluster's own options and those of the stages.
struct ClusterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster",
    abstract: "Submit the stages to Slurm as jobs: an array of extract's, its join, fit-head, submit.",
    usage: "./pipeline.sh cluster --nodes N [--partition P] [--cpus C] [--dry-run] [OPTIONS OF THE STAGES]",
    version: Version.line)

  @OptionGroup(title: "Cluster") var cluster: ClusterOptions
  @OptionGroup var stages: PipelineOptions
}
