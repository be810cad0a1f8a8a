import ArgumentParser
import FeatureStore

/// What Slurm is asked for.
package struct ClusterOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Nodes that compute features.", valueName: "N"))
  var nodes: Int?

  @Option(help: "Slurm's partition. (default: Slurm's)")
  var partition: String?

  @Option(help: "Processors that a task takes of its node. (default: the whole node)")
  var cpus: Int?

  @Flag(help: "Print the scripts, and submit nothing.")
  var dryRun = false

  package init() {}

  package func validate() throws {
    guard nodes != nil else { throw ValidationError("cluster wants --nodes N, the number of nodes.") }
    try check("--nodes", nodes, in: 1...Shard.maximumCount, "no cluster has more nodes")
    try check("--cpus", cpus, in: 1...65_536, "it is the number of processors that a task takes of its node")
  }
}
