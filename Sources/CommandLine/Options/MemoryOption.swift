import ArgumentParser
import FeatureStore
import Stages

/// What training may hold in memory.
struct MemoryOption: ParsableArguments {
  @Option(
    help: """
      MiB of features in memory, by default half of the machine's; the others lie in a scratch file in the cache folder. \
      No influence on the result.
      """)
  var memory = HeadFitting.Execution().memory

  func validate() throws {
    try check("--memory", memory, in: 0...FeatureMemory.maximumLimit, "so many MiB this machine gives the process")
  }
}
