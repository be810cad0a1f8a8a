import Console
import FeatureStore

/// `export`: writes the head that is there for other programs. It trains nothing and replaces no head.
public struct Exporting {
  private let cache: CacheFolder
  private let terminal: Terminal

  public init(_ cache: CacheFolder, terminal: Terminal) {
    self.cache = cache
    self.terminal = terminal
  }

  /// - Parameters:
  ///   - paths: that end in .safetensors or .onnx.
  ///   - weights: a weight file, for .onnx; nil: the one in the cache folder that the head is for.
  /// - Throws: `PipelineError`, before anything is written where a name is no good.
  public func run(_ paths: [String], weights: String?) throws {
    let exports = try paths.map { try HeadExport($0, option: "export") }
    try exports.check(cache, weights: weights)
    let lock = try cache.locked(for: .export, say: terminal.warn)
    defer { withExtendedLifetime(lock) {} }
    try exports.write(cache, weights: weights, terminal: terminal)
  }
}

extension [HeadExport] {
  /// - Throws: as `HeadExport.check`; `PipelineError` where two are of one name.
  func check(_ cache: CacheFolder, weights: String?) throws {
    for (index, export) in enumerated() {
      try export.check(cache, inputs: [weights].compactMap(\.self) + self[..<index].map(\.path))
    }
  }

  /// Writes them all, each with a line that says what is in it.
  func write(_ cache: CacheFolder, weights: String?, terminal: Terminal) throws {
    guard !isEmpty else { return }
    let ensemble = try HeadEnsemble(cache)
    for export in self {
      try export.write(ensemble, cache, weights: weights)
      terminal.print("\(export.path): \(export.summary(ensemble, cache))")
    }
  }
}
