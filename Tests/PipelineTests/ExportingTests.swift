import Console
import FeatureStore
import Foundation
import Stages
import Synchronization
import Testing

/// `export` writes the head that is there, and says what is in the file.
@Suite struct ExportingTests {
  private func export(_ pipeline: SmallPipeline, _ names: [String]) throws -> [String] {
    let lines = Mutex<[String]>([])
    try Exporting(
      pipeline.fitting.cache, terminal: Terminal(quiet: true) { line in lines.withLock { $0.append(line) } }
    ).run(names.map(pipeline.folder.file), weights: pipeline.extraction.features.weights)
    return lines.withLock(\.self)
  }

  @Test func theHeadStaysAsItIs() throws {
    let pipeline = try SmallPipeline()
    pipeline.fitting.combination.ensemble = 2
    try pipeline.runAll()
    let head = try pipeline.bytes("head.weights.h5")
    let lines = try export(pipeline, ["a.onnx", "a.safetensors"])
    #expect(try pipeline.bytes("head.weights.h5") == head)
    #expect(lines[0].contains("from RGB images of 32×32 to probabilities, with the mean of all 2 heads"), "\(lines)")
    #expect(lines[0].hasSuffix("resizing is not in it"), "there are no augmented passes to be missed: \(lines)")
    #expect(lines[1].contains("one of the 2 heads of the ensemble"))
    // It is what fit-head --export writes.
    pipeline.fitting.exports = [pipeline.folder.file("b.onnx")]
    pipeline.fitting.weights = pipeline.extraction.features.weights
    try pipeline.fitHead()
    #expect(try pipeline.folder.bytes("a.onnx") == pipeline.folder.bytes("b.onnx"))
    for fact in ["\"0\",\"1\",\"2\"", "bilinear", "stretch", "block5_conv3", "weights_digest"] {
      #expect(try pipeline.folder.bytes("a.onnx").firstRange(of: Data(fact.utf8)) != nil, "\(fact)")
    }
  }

  @Test func augmentedPassesAreNotInTheNetwork() throws {
    let pipeline = try SmallPipeline()
    pipeline.extraction.passes.testCount = 2
    try pipeline.runAll()
    #expect(try export(pipeline, ["a.onnx"])[0].hasSuffix("nor are the 2 augmented passes, over which submit averages"))
  }

  @Test func whatIsNoExportStays() throws {
    let pipeline = try SmallPipeline()
    try pipeline.folder.write("mine.onnx", Data("weights".utf8))
    #expect { try export(pipeline, ["mine.onnx"]) } throws: {
      "\($0)".hasPrefix("export ") && "\($0)".contains("is no export")
    }
    #expect { try export(pipeline, ["a.pkl"]) } throws: { "\($0)".contains("ends in .safetensors or .onnx") }
    #expect { try export(pipeline, ["a.onnx", "a.onnx"]) } throws: { "\($0)".contains("would take the place of") }
    #expect { try export(pipeline, ["a.onnx"]) } throws: { "\($0)".contains("no such folder") }
  }
}
