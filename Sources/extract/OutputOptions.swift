import ArgumentParser
import Pipeline
import Programs

/// Where the caches lie, and how.
struct OutputOptions: ParsableArguments {
  @Option(help: "The folder that the stages share.", transform: path)
  var cache = "cache"

  @Option(help: "How features are compressed.")
  var compression = Compression.deflate

  @Option(name: .customLong("dtype"), help: "How features are stored.")
  var type = FeatureType.float32

  func fill(_ settings: inout Extraction.Settings) {
    settings.cache = CacheFolder(cache, downloads: "cache")
    settings.dataset.cacheFolder = settings.cache.downloads
    settings.storage = FeatureStorage(type: type, compression: compression)
  }
}

extension Compression: ExpressibleByArgument {}
extension FeatureType: ExpressibleByArgument {}
