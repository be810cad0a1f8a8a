import Core
import Crypto
import Datasets
import Foundation

extension ImageDataset {
  /// SHA-256 over everything that decides a split's rows: names, labels, groups and the images' content, in manifest order.
  func manifestDigest(of split: Split, pool: WorkerPool) throws -> String {
    let examples = examples(in: split)
    var digests = [Result<SHA256.Digest, any Error>?](repeating: nil, count: examples.count)
    digests.withUnsafeMutableBufferPointer { digests in
      nonisolated(unsafe) let digests = digests
      pool.forEach(examples.count) { index, _ in
        digests[index] = Result {
          var hash = SHA256()
          hash.update(data: try content(split, index))
          return hash.finalize()
        }
      }
    }
    var manifest = SHA256()
    for name in labelNames { manifest.update(data: Data("\(name.utf8.count):\(name)\n".utf8)) }
    for (example, digest) in zip(examples, digests) {
      let group = example.group ?? ""
      let row = "\(example.name.utf8.count):\(example.name) \(example.label) \(group.utf8.count):\(group)\n"
      manifest.update(data: Data(row.utf8))
      manifest.update(data: Data(try digest!.get()))
    }
    return manifest.finalize().hexadecimal
  }
}
