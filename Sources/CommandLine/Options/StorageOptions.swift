import ArgumentParser
import FeatureStore

/// How the caches keep features.
struct StorageOptions: ParsableArguments {
  @Option(help: "How features are compressed.")
  var compression = Compression.deflate

  @Option(name: .customLong("dtype"), help: "How features are stored.")
  var type = FeatureType.float32

  var storage: FeatureStorage { FeatureStorage(type: type, compression: compression) }
}

extension Compression: ExpressibleByArgument {}
extension FeatureType: ExpressibleByArgument {}
