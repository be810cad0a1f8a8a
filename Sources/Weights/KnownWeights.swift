import Core
import Crypto
import Foundation

/// Published weights, and the preprocessing that they want. Wrong preprocessing gives poor features and no error, so it is
/// never guessed.
package struct KnownWeights: Sendable {
  package let name: String
  package let preprocessing: Preprocessing
  /// What they are recognised by.
  package let mark: Mark

  package enum Mark: Sendable {
    /// ``PublishedWeights/digest``, in whatever file they are.
    case digest(String)
    /// The SHA-256 of the file itself, and its size in bytes, which saves hashing other files.
    case file(sha256: String, size: Int)
  }

  package init(name: String, preprocessing: Preprocessing, mark: Mark) {
    self.name = name
    self.preprocessing = preprocessing
    self.mark = mark
  }

  package static let all = [
    KnownWeights(
      name: "ImageNet (Keras)", preprocessing: .caffe,
      mark: .digest("d9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd")),
    // The same with the first kernel's input channels reversed, as object detectors in PyTorch use them.
    KnownWeights(
      name: "ImageNet (Keras), for RGB", preprocessing: .caffeRGB,
      mark: .digest("a5f3a8bad03925c1e48702eabb0d951591a3ece74fef5d731c1b1e5e954c857c")),
    // vgg16-397923af.pth; of its weights only the file is known here, not the digest.
    KnownWeights(
      name: "ImageNet (torchvision)", preprocessing: .torch,
      mark: .file(sha256: "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0", size: 553_433_881)),
  ]
}

extension KnownWeights {
  /// The weights of this digest in this file, if they are among `list`.
  package static func recognize(digest: String, path: String, among list: [KnownWeights] = all) -> KnownWeights? {
    list.first { known in
      switch known.mark {
      case .digest(let wanted): wanted == digest
      case .file(let sha256, let size): isFile(at: path, size, sha256)
      }
    }
  }

  private static func isFile(at path: String, _ size: Int, _ sha256: String) -> Bool {
    let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    guard let data, data.count == size else { return false }
    return data.withUnsafeBytes { bytes in
      var hash = SHA256()
      hash.update(bufferPointer: bytes)
      return hash.finalize().hexadecimal == sha256
    }
  }
}

extension SHA256.Digest {
  var hexadecimal: String { map { String(format: "%02x", $0) }.joined() }
}
