import ArgumentParser
import FeatureStore
import Stages

/// How the caches keep features.
struct StorageOptions: ParsableArguments {
  @Option(help: "How features are compressed.")
  var compression = Compression.deflate

  @Option(name: .customLong("dtype"), help: "How features are stored.")
  var type = FeatureType.float32

  func fill(_ settings: inout Extraction.Settings) {
    settings.storage = FeatureStorage(type: type, compression: compression)
  }
}

extension Compression: ExpressibleByArgument {}
extension FeatureType: ExpressibleByArgument {}
