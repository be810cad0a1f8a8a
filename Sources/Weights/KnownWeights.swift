import Core
import Foundation
import Storage

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
    /// The digests of a network's first convolutions, for files that end early, by the name of the last.
    case cuts([String: String])
    /// The SHA-256 of one of the files itself, or how it begins, and how many Float32 are in each: files of another size are
    /// not hashed.
    case files(sha256: [String], parameters: Int)
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
    KnownWeights(
      name: "ImageNet (Keras), cut", preprocessing: .caffe,
      mark: .cuts([
        "block3_conv3": "cba1ccb85c50e90422dcbeebdd15aaf86af465fa4b2f712c08f554908153decf",
        "block4_conv1": "ffac73185196a95359757f32a2c372f3f8914ea86e7a66f307d19e65e5edd084",
        "block4_conv2": "3c2acb488cb5cc396c6c79a33dcc8e6550ec97a525bd34628d5f4350949289d9",
        "block4_conv3": "64b8b078c5a10fa0437fb03da1967854c6f3d70c718ed3eba5e6d1502408e010",
        "block5_conv1": "70d6b25efb644c257e69a1cc2bf2c681b850e44ea64baabdced5532f8f88b1b3",
        "block5_conv2": "a105b6cd15c75bd47a2881b08ef4169db70c190e33e5301f6736c7fdb33e865c",
      ])),
    KnownWeights(
      name: "ImageNet (Keras), for RGB, cut", preprocessing: .caffeRGB,
      mark: .cuts([
        "block3_conv3": "63fbd099c3d625c25836f0438e6bf2095a144aed47f2bfedc1ef3d4862924e6d",
        "block4_conv1": "3c42a7f7b29400bbc9ad01a77a2629397c5db9d091dba4a796b89b4d11495f99",
        "block4_conv2": "cd88dd218f8d238bf583f4e2eae080bd14e8d247720f4c826dba6a2c14b231e7",
        "block4_conv3": "98fa911087a1c120252a643ba8bcef79e21d5a54808fae6d8bd9a7e5281d6228",
        "block5_conv1": "48c42ee162aa10f3f6790f298ddd169e191be06e8d31446681f64aeaa8232254",
        "block5_conv2": "5b7bb0a275454e20f0591ea870faa7ed830d6dbf951d397de43745b4dfb41225",
      ])),
    // Of these only the files are known here, not the weights' digests. Of the first two no more than torch.hub checks: the
    // eight digits in the file's name.
    torchvision(["8a719046"], parameters: 132_863_336),
    torchvision(["19584684"], parameters: 133_047_848),
    // vgg16-397923af.pth, and timm's model.safetensors of vgg16.tv_in1k, which holds the same weights.
    torchvision(
      [
        "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
        "57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8",
      ], parameters: 138_357_544),
    torchvision(["dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44"], parameters: 143_667_240),
  ]

  private static func torchvision(_ sha256: [String], parameters: Int) -> KnownWeights {
    KnownWeights(
      name: "ImageNet (torchvision)", preprocessing: .torch, mark: .files(sha256: sha256, parameters: parameters))
  }
}

extension KnownWeights {
  /// The weights of this digest in this file, if they are among `list`.
  package static func recognize(digest: String, path: String, among list: [KnownWeights] = all) -> KnownWeights? {
    list.first { known in
      switch known.mark {
      case .digest(let wanted): wanted == digest
      case .cuts(let wanted): wanted.values.contains(digest)
      case .files(let sha256, let parameters): isOne(of: sha256, parameters, at: path)
      }
    }
  }

  /// What a file of PyTorch's or of safetensors holds beside its Float32: names, shapes and offsets, in bytes.
  private static let mostBesideParameters = 65_536

  private static func isOne(of sha256: [String], _ parameters: Int, at path: String) -> Bool {
    let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    guard let data, (0...mostBesideParameters).contains(data.count - 4 * parameters) else { return false }
    return data.withUnsafeBytes { bytes in
      var hash = SHA256()
      hash.update(bufferPointer: bytes)
      let digest = hash.finalize().hexadecimal
      return sha256.contains { digest.hasPrefix($0) }
    }
  }
}
