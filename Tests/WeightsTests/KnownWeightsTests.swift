import Core
import Testing
import Weights

@Suite struct KnownWeightsTests {
  @Test func namesAndPreprocessing() {
    let marks = [
      ("d9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd", "caffe"),
      ("a5f3a8bad03925c1e48702eabb0d951591a3ece74fef5d731c1b1e5e954c857c", "caffe-rgb"),
    ]
    for (digest, preprocessing) in marks {
      #expect(KnownWeights.recognize(digest: digest, path: "")?.preprocessing.name == preprocessing)
    }
    #expect(KnownWeights.recognize(digest: "", path: "") == nil)
  }

  @Test func filesByTheirOwnHash() throws {
    let path = try Tiny.path("malice-legacy.pth")
    let size = try Tiny.data("malice-legacy.pth").count
    let hash = "20f7f4152cab0ae3892b6405f74beea3da72081ddc45609f73025fdcde1dbccb"
    func recognizes(_ mark: KnownWeights.Mark) -> Bool {
      let known = KnownWeights(name: "known", preprocessing: .torch, mark: mark)
      return KnownWeights.recognize(digest: "", path: path, among: [known]) != nil
    }
    // At least the size of its Float32, and little more than that.
    #expect(recognizes(.files(sha256: [hash], parameters: size / 4)))
    #expect(recognizes(.files(sha256: [hash], parameters: 0)))
    #expect(!recognizes(.files(sha256: [hash], parameters: size / 4 + 1)))
    #expect(!recognizes(.files(sha256: [hash], parameters: -65_536)))
    #expect(!recognizes(.files(sha256: [String(hash.reversed())], parameters: size / 4)))
    #expect(recognizes(.files(sha256: [String(hash.reversed()), hash], parameters: size / 4)))
    // torch.hub names a file by its first eight digits.
    #expect(recognizes(.files(sha256: [String(hash.prefix(8))], parameters: size / 4)))
    #expect(!recognizes(.files(sha256: [String(hash.dropFirst().prefix(8))], parameters: size / 4)))
  }

  /// torchvision's files hold a network's convolutions and its three dense layers.
  @Test func parametersOfPublishedFiles() {
    let dense = (7 * 7 * 512 + 1) * 4096 + (4096 + 1) * 4096 + (4096 + 1) * 1000
    let networks = Backbone.all.map { network in
      dense + network.convolutions.reduce(0) { $0 + (9 * $1.inputChannels + 1) * $1.outputChannels }
    }
    let files = KnownWeights.all.compactMap { known -> Int? in
      guard case .files(_, let parameters) = known.mark else { return nil }
      return parameters
    }
    #expect(Set(files) == Set(networks))
  }
}
