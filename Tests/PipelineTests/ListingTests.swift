import Foundation
import Stages
import Support
import Testing
import Weights

/// What `extract --list-layers` and `extract --inspect-weights` print.
@Suite struct ListingTests {
  @Test func layers() throws {
    let lines = try Listings.layers(side: 100)
    #expect(lines.count == 20)
    #expect(lines[0] == "VGG16 on images of 100×100, to be cut by --layer after any of these:")
    #expect(lines[2] == "  block1_conv1  100×100×64")
    #expect(lines[18] == "  block5_conv3  6×6×512                the default")
    #expect(lines[19] == "  block5_pool   3×3×512")
    #expect(throws: PipelineError.self) { try Listings.layers(side: 31) }
  }

  @Test func weights() throws {
    let inspection = try WeightInspection(contentsOf: SmallPipeline.weights())
    let tensors = Listings.tensors(of: inspection)
    let kernel = try #require(tensors.first { $0.hasSuffix("block1_conv1 kernel") })
    #expect(kernel.split(separator: " ").dropFirst().joined(separator: " ").hasSuffix("float32 block1_conv1 kernel"))
    let facts = Listings.facts(about: try inspection.weights.get())
    #expect(
      facts == [
        "  network        vgg16",
        "  digest         d9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd",
        "  known as       ImageNet (Keras)",
        "  preprocessing  caffe: bgr, divisor 1.0, mean 103.939,116.779,123.68, deviation 1.0,1.0,1.0",
      ])
  }
}
