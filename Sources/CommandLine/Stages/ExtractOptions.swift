import ArgumentParser
import Console
import Foundation
import Stages

/// All that can be asked of `extract`.
package struct ExtractOptions: ParsableArguments {
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Network") var weights: WeightsOption
  @OptionGroup(title: "Network") var network: NetworkOptions
  @OptionGroup(title: "Augmentation") var augmentation: AugmentationOptions
  @OptionGroup(title: "Output") var cache: CacheOption
  @OptionGroup(title: "Output") var storage: StorageOptions
  @OptionGroup(title: "Running") var computing: ComputingOptions
  @OptionGroup(title: "Running") var threads: ThreadsOption
  @OptionGroup(title: "Running") var quiet: QuietOption
  @OptionGroup(title: "Many machines") var sharding: ShardOptions
  @OptionGroup(title: "Instead of extracting") var mode: ModeOptions
  @OptionGroup(title: "Instead of extracting") var listing: ListingOptions

  package init() {}

  package func validate() throws {
    guard !sharding.isGiven || mode.mode == nil && !computing.repair else {
      throw ValidationError("--explain, --verify, --preview and --repair are for a single machine.")
    }
  }

  /// Whether there is nothing for the other stages to do afterwards.
  var isOnItsOwn: Bool { mode.mode != nil || sharding.isGiven || listing.isGiven }

  package func run() throws {
    if try listing.run(size: network.size, network: network.network) { return }
    Interruption.shared.report("nothing was computed yet")
    if sharding.isGiven { return try sharding.run(extraction) }
    switch mode.mode {
    case nil: try extraction.run()
    case .explain: try extraction.explain()
    case .verify: try extraction.verify()
    case .preview:
      try Preview(
        of: source, network.request(weights: weights.weights), passes: augmentation.passes, into: cache.folder,
        terminal: quiet.terminal
      ).run()
    }
  }

  private var source: DataSource { data.source(downloads: cache.folder.downloads) }

  private var extraction: Extraction {
    Extraction(
      of: source, network.request(weights: weights.weights), passes: augmentation.passes, storage: storage.storage,
      into: cache.folder, execution: computing.execution(threads: threads.threads), terminal: quiet.terminal)
  }
}
