import ArgumentParser
import Stages

/// How features are computed: what has no influence on them.
struct ComputingOptions: ParsableArguments {
  @Option(help: "Images that are computed together; no influence on the result. (default: by --size)")
  var extractBatchSize: Int?

  @Option(help: "Seconds of work between parts: what a kill can lose.")
  var partSeconds = Extraction.Execution.defaultPartSeconds

  @Flag(help: "Begin even if the disk space seems not to suffice.")
  var force = false

  @Flag(help: "Give up the features that these replace; else they are kept in CACHE/kept.")
  var discard = false

  @Flag(help: "Read the caches through first, and compute rows that are damaged again.")
  var repair = false

  func validate() throws {
    guard partSeconds > 0, partSeconds <= 86_400 else {
      throw ValidationError(
        "--part-seconds is more than 0 and up to 86,400: more than a day's work can't be meant to be lost.")
    }
    try check("--extract-batch-size", extractBatchSize, in: 1...65_536, "nothing is faster in larger batches")
  }

  func execution(threads: Int) -> Extraction.Execution {
    Extraction.Execution(
      threads: threads, batchSize: extractBatchSize, partSeconds: partSeconds, repair: repair, discard: discard,
      force: force)
  }
}
