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
    #expect(recognizes(.file(sha256: hash, size: size)))
    #expect(!recognizes(.file(sha256: hash, size: size + 1)))
    #expect(!recognizes(.file(sha256: String(hash.reversed()), size: size)))
  }
}
