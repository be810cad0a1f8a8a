import Console
import Core
import FeatureStore
import SystemPackage

extension FeatureCache {
  /// Reads features for a head as ``matrix(for:through:augmentedPasses:pool:memory:progress:)``, and shows how far it is.
  func matrix(
    for architecture: HeadArchitecture, through tail: BackboneTail? = nil, augmentedPasses passes: Int? = 0,
    pool: WorkerPool, memory: FeatureMemory? = nil, terminal: Terminal
  ) throws -> FeatureMatrix {
    try showing(rows: rowCount(augmentedPasses: passes), terminal) { progress in
      try matrix(
        for: architecture, through: tail, augmentedPasses: passes, pool: pool, memory: memory, progress: progress)
    }
  }

  /// Reads features as they are as ``flattened(augmentedPasses:pool:memory:progress:)``, and shows how far it is.
  func flattened(
    augmentedPasses passes: Int? = 0, pool: WorkerPool, memory: FeatureMemory? = nil, terminal: Terminal
  ) throws -> FeatureMatrix {
    try showing(rows: rowCount(augmentedPasses: passes), terminal) { progress in
      try flattened(augmentedPasses: passes, pool: pool, memory: memory, progress: progress)
    }
  }

  /// Reads features' means as ``channelMeans(pool:progress:)``, and shows how far it is.
  func channelMeans(pool: WorkerPool, terminal: Terminal) throws -> [[Float]] {
    try showing(rows: imageCount, terminal) { try channelMeans(pool: pool, progress: $0) }
  }

  /// Reads all through as ``verify(pool:progress:)``, and shows how far it is.
  func verify(pool: WorkerPool, terminal: Terminal) throws {
    try showing(rows: rowCount, terminal) { try verify(pool: pool, progress: $0) }
  }

  private func showing<Result>(
    rows: Int, _ terminal: Terminal, _ read: (_ progress: (Int) -> Void) throws -> Result
  ) rethrows -> Result {
    let name = FilePath(path).lastComponent?.string ?? path
    let progress = ProgressBar("reading \(name)", total: rows, unit: "images", quiet: terminal.quiet)
    defer { progress.finish() }
    return try read(progress.advance)
  }
}
