import ArgumentParser
import FeatureStore
import Foundation
import Stages
import Support

/// Extraction on many machines that share the cache folder.
struct ShardOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "List and read the images for N shards (CACHE/manifest.h5), and compute nothing.", valueName: "N"))
  var shards: Int?

  @Option(
    help: ArgumentHelp(
      "Compute shard I of N, beside others on other machines; all with the same options.", valueName: "I/N"))
  var shard: Shard?

  @Flag(help: "Join what the shards computed.")
  var join = false

  func validate() throws {
    guard [shards != nil, shard != nil, join].count(where: \.self) <= 1 else {
      throw ValidationError("--shards, --shard and --join are three steps: give one at a time.")
    }
    try check("--shards", shards, in: 1...Shard.maximumCount, "no cluster has more nodes")
  }

  var isGiven: Bool { shards != nil || shard != nil || join }

  /// Does what is asked for.
  func run(_ extraction: Extraction) throws {
    // Shared file systems may have no locks. Nothing here needs them: files are written under names of their own.
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0)
    if let shards { try extraction.prepare(shardCount: shards) }
    if let shard { try extraction.run(shard) }
    if join { try extraction.join() }
  }
}

extension Shard: ExpressibleByArgument {}
