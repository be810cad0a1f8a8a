import Foundation

/// One of the jobs that Slurm is given.
package struct ClusterJob: Equatable {
  package let name: String
  /// When it runs, for the user.
  let time: String
  var dependency: Dependency?
  /// What the node's shell runs.
  let command: String
  /// `--array`, where it is an array.
  var array: String?

  /// What a job waits for.
  struct Dependency: Equatable {
    /// How the other must end, in Slurm's word.
    let end: String
    let job: String
  }
}

extension ClusterPlan {
  /// In the order in which they are submitted.
  package var jobs: [ClusterJob] {
    [
      // With the number of nodes, not SLURM_ARRAY_TASK_COUNT: sbatch --array=3,7 runs two of the tasks again.
      ClusterJob(
        name: "extract", time: "array of \(nodes)",
        command: command(.extract, adding: #"--shard "$SLURM_ARRAY_TASK_ID/\#(nodes)""#), array: "--array=1-\(nodes)"),
      // After the tasks whether or not they succeeded: it names the shards that are missing.
      ClusterJob(
        name: "join", time: "after extract", dependency: .init(end: "afterany", job: "extract"),
        command: command(.extract, adding: "--join")),
      ClusterJob(
        name: "fit-head", time: "after join", dependency: .init(end: "afterok", job: "join"), command: command(.fitHead)
      ),
      ClusterJob(
        name: "submit", time: "after fit-head", dependency: .init(end: "afterok", job: "fit-head"),
        command: command(.submit)),
    ]
  }

  private func command(_ stage: Stage, adding words: String? = nil) -> String {
    let threads = #"--threads "${SLURM_CPUS_ON_NODE:-\#(ProcessInfo.processInfo.activeProcessorCount)}""#
    return
      ([stage.programPath.quotedForShell] + self.words(for: stage).map(\.quotedForShell)
      + (namesThreads ? [] : [threads]) + (words.map { [$0] } ?? []))
      .joined(separator: " ")
  }

  /// What sbatch is given. A task that is preempted is run again, and goes on where it was.
  package func script(of job: ClusterJob) -> String {
    let log = job.array == nil ? "\(job.name).log" : "\(job.name)-%a.log"
    let output = cache.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%")
    let directives: [String?] = [
      "--job-name=\(job.name)", job.array, cpus.map { "--cpus-per-task=\($0)" } ?? "--exclusive",
      partition.map { "--partition=\($0)" },
      "--nodes=1", "--ntasks=1", "--requeue", "--open-mode=append", "--chdir=\(folder)",
      "--output=\(output)/slurm/\(log)",
    ]
    let shared = [folder, cache, Stage.extract.programPath].map(\.quotedForShell)
    return """
      #!/usr/bin/env bash
      \(directives.compactMap(\.self).map { "#SBATCH \(Self.quoted($0))" }.joined(separator: "\n"))
      for path in \(shared.joined(separator: " ")); do
        [ -e "$path" ] || { echo "$(hostname): all nodes must share $path" >&2; exit 1; }
      done
      export \(DefaultFolder.variable)=\(absolute(DefaultFolder.path).quotedForShell)
      exec \(job.command)

      """
  }

  /// `--name=value` as `--name="value"`.
  private static func quoted(_ directive: String) -> String {
    guard let equals = directive.firstIndex(of: "=") else { return directive }
    return "\(directive[..<equals])=\"\(directive[directive.index(after: equals)...])\""
  }

  private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : folder + "/" + path }
}
