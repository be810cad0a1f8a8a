import Core
import Crypto
import Datasets
import Foundation

/// The rows of a split, and the digests of their images.
struct Manifest: Sendable {
  let examples: [Example]
  let labelNames: [String]
  /// Of each example's image.
  let digests: [ContentDigest]

  /// SHA-256 over everything that decides a split's rows: names, labels, groups and the images' content, in order.
  var digest: String {
    var hash = SHA256()
    for name in labelNames { hash.update(data: Data("\(name.utf8.count):\(name)\n".utf8)) }
    for (example, digest) in zip(examples, digests) {
      let group = example.group ?? ""
      let row = "\(example.name.utf8.count):\(example.name) \(example.label) \(group.utf8.count):\(group)\n"
      hash.update(data: Data(row.utf8))
      hash.update(data: Data(digest.bytes))
    }
    return hash.finalize().hexadecimal
  }
}

extension Manifest {
  /// Reads every image whose digest is not known yet.
  ///
  /// - Throws: `DatasetError` where an image can't be read.
  init(of split: Split, in dataset: ImageDataset, known: DigestCache, pool: WorkerPool, terminal: Terminal) throws {
    let examples = dataset.examples(in: split)
    let progress = Progress("reading \(split.rawValue)", total: examples.count, unit: "images", quiet: terminal.quiet)
    defer { progress.finish() }
    var digests: [ContentDigest] = []
    let blockSize = 64 * pool.threadCount
    for start in stride(from: 0, to: examples.count, by: blockSize) {
      let count = min(blockSize, examples.count - start)
      digests += try pool.map(count) { index in
        let row = start + index
        guard let file = dataset.file(split, row) else { return ContentDigest(of: try dataset.content(split, row)) }
        return try known.digest(ofFile: file) { try dataset.content(split, row) }
      }
      progress.advance(by: count)
    }
    self.init(examples: examples, labelNames: dataset.labelNames, digests: digests)
  }
}

extension WorkerPool {
  /// The results of `body(0)`, `body(1)`, …, computed on all threads.
  ///
  /// - Throws: the error of the first index that has one.
  func map<Result: Sendable>(_ count: Int, _ body: (_ index: Int) throws -> Result) throws -> [Result] {
    var results = [Swift.Result<Result, any Error>?](repeating: nil, count: count)
    results.withUnsafeMutableBufferPointer { results in
      nonisolated(unsafe) let results = results
      forEach(count) { index, _ in results[index] = Swift.Result { try body(index) } }
    }
    return try results.map { try $0!.get() }
  }
}
