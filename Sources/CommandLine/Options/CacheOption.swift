import ArgumentParser
import FeatureStore

/// The folder between the stages.
struct CacheOption: ParsableArguments {
  @Option(help: "The folder that the stages share.", transform: path)
  var cache = DefaultFolder.path

  var folder: CacheFolder { CacheFolder(cache, downloads: DefaultFolder.path) }
}
