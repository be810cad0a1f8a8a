import Foundation
import Testing
import Weights

/// The head in other formats. Fixtures/check_files.py runs the ONNX model.
@Suite struct HeadExportTests {
  @Test func theNetworkHoldsTheWeightsItCameFrom() throws {
    let pipeline = try SmallPipeline(.published)
    try pipeline.extract()
    let path = pipeline.folder.file("model.onnx")
    pipeline.fitting.exports = [path]
    pipeline.fitting.weights = try SmallPipeline.weights()
    try pipeline.fitHead()
    let first = try pipeline.folder.bytes("model.onnx")
    let digest = try PublishedWeights.read(contentsOf: SmallPipeline.weights()).digest
    #expect(try PublishedWeights.read(contentsOf: path).digest == digest)
    try pipeline.fitHead()
    #expect(try pipeline.folder.bytes("model.onnx") == first, "up to date, but exported again")
  }

  @Test func safetensorsHoldEveryVariable() throws {
    let caches = try MadeUpCaches()
    caches.fitting.exports = [caches.folder.file("head.safetensors")]
    try caches.fitHead()
    let file = try caches.folder.bytes("head.safetensors")
    let length = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    let header = try #require(
      try JSONSerialization.jsonObject(with: file.dropFirst(8).prefix(length)) as? [String: [String: Any]])
    #expect(length % 8 == 0 && header.count == 15, "14 variables and the metadata")
    let kernel = try #require(header["dense_1.kernel"])
    #expect(kernel["shape"] as? [Int] == [128, 128] && kernel["dtype"] as? String == "F32")
    let offsets = try #require(kernel["data_offsets"] as? [Int])
    let values = try caches.head().dataset("layers/dense_1/vars/0").read(Float.self)
    #expect(
      file.dropFirst(8 + length)[(8 + length + offsets[0])..<(8 + length + offsets[1])]
        == values.withUnsafeBytes { Data($0) })
  }

  @Test func whatCanNotBeExported() throws {
    let caches = try MadeUpCaches()
    caches.fitting.exports = [caches.folder.file("head.pkl")]
    #expect { try caches.fitHead() } throws: { "\($0)".contains("ends in .safetensors or .onnx") }
    #expect(try !caches.folder.names(in: "cache").contains("head.weights.h5"), "found before training")
    caches.fitting.exports = [caches.folder.file("model.onnx")]
    #expect { try caches.fitHead() } throws: { "\($0)".contains("no VGG16 weights here") }
    caches.fitting.weights = try SmallPipeline.weights()
    #expect { try caches.fitHead() } throws: {
      "\($0)".contains("head.weights.h5: is for the weights with the digest 0…")
    }
    #expect(!FileManager.default.fileExists(atPath: caches.folder.file("model.onnx")))
  }
}
