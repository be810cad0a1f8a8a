import Core
import Foundation
import Testing
import Weights

/// The real ImageNet weights, from the file that the set-up fetches.
@Suite struct ImageNetTests {
  static let digest = "d9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd"

  static let path = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("cache/weights/vgg16-imagenet.onnx").path

  @Test func onnx() throws {
    try #require(FileManager.default.fileExists(atPath: Self.path), "\(Self.path) is missing: run ./pipeline.sh setup")
    let clock = ContinuousClock()
    var read: PublishedWeights?
    let duration = try clock.measure { read = try PublishedWeights.read(contentsOf: Self.path) }
    let published = try #require(read)
    #expect(published.format == "ONNX")
    #expect(published.digest == Self.digest)
    #expect(published.knownAs == "ImageNet (Keras)")
    #expect(published.preprocessing == .caffe)
    #expect(duration < .seconds(2))
  }
}
