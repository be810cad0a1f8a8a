import Console
import Core
import Datasets
import FeatureStore

extension ImageDataset {
  /// The digests of a split's images. Every image whose digest is not known yet is read.
  ///
  /// - Throws: `DatasetError` where an image can't be read.
  func contents(of split: Split, known: DigestCache, pool: WorkerPool, terminal: Terminal) throws -> [ContentDigest] {
    let total = examples(in: split).count
    let progress = ProgressBar("reading \(split.rawValue)", total: total, unit: "images", quiet: terminal.quiet)
    defer { progress.finish() }
    var contents: [ContentDigest] = []
    let blockSize = 64 * pool.threadCount
    for start in stride(from: 0, to: total, by: blockSize) {
      let count = min(blockSize, total - start)
      contents += try pool.map(count) { index in
        let row = start + index
        // Before the content is read: if the file changes meanwhile, it is another one next time.
        return try known.digest(of: origin(split, row)) { try content(split, row) }
      }
      progress.advance(by: count)
    }
    return contents
  }
}
