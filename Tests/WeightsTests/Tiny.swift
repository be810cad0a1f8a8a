import Core
import Foundation
import Testing
import Weights

/// The VGG16 of very few channels that Fixtures/make_fixtures.py saves in every format.
enum Tiny {
  static let backbone: Backbone = {
    let outputs = [2, 3, 4, 4, 5, 6, 6, 7, 8, 8, 8, 9, 9]
    let names = zip(1..., [2, 2, 3, 3, 3]).flatMap { block, count in
      (1...count).map { ("block\(block)_conv\($0)", $0 == count ? "block\(block)_pool" : nil) }
    }
    let convolutions = zip(names, zip([3] + outputs, outputs)).map { name, channels in
      Backbone.Convolution(
        name: name.0, inputChannels: channels.0, outputChannels: channels.1, pooling: name.1)
    }
    return Backbone(name: "vgg16", convolutions: convolutions)
  }()

  static func path(_ fixture: String) throws -> String {
    try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/\(fixture)").path
  }

  static func data(_ fixture: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path(fixture)))
  }

  /// The values that `tiny.f32` or `tiny-bn.f32` lists.
  static func expected(_ fixture: String = "tiny.f32") throws -> [Float] {
    let data = try data(fixture)
    return data.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: 4).map {
        Float(bitPattern: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
      }
    }
  }

  /// Everything in the file, as `tiny.f32` has it: layer by layer the kernel, the bias.
  static func read(_ path: String) throws -> [Float] {
    try WeightFile(path: path).parameters(matching: backbone).flatMap { $0.kernel + $0.bias }
  }

  /// Calls `body` with the path of a file that holds `data`.
  static func withFile<Result>(_ data: Data, _ body: (String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("weights-\(UUID().uuidString)")
    try data.write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
  }

  /// What becomes of reading a file with this content. Any other error than ours, which is one line that names the file,
  /// fails the test.
  static func read(_ data: Data) throws -> Result<[Float], WeightsError> {
    try withFile(data) { path in
      do {
        return .success(try read(path))
      } catch let error as WeightsError {
        let line = error.description
        #expect(line.hasPrefix(path + ": ") && line.split(whereSeparator: \.isNewline).count == 1)
        return .failure(error)
      }
    }
  }

  /// Why a file with this content can't be read; nil if it can.
  static func complaint(about data: Data) throws -> String? {
    guard case .failure(let error) = try read(data) else { return nil }
    return error.reason
  }
}
