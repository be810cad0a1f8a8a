import Core
import Foundation
import Zip

@testable import Weights

extension FuzzTarget {
  static let onnx = weights(
    "onnx", seeds: ["onnx-odd.onnx", "onnx-torch.onnx", "onnx-torch-bn.onnx", "onnx-dynamo.onnx", "onnx-zoo.onnx"]
  ) { input in
    ONNXReader.recognizes(input) ? try ONNXReader.read(input) : nil
  }

  static let safetensors = weights("safetensors", seeds: ["f16.safetensors", "bf16.safetensors", "timm.safetensors"]) {
    input in
    SafetensorsReader.recognizes(input) ? try SafetensorsReader.read(input) : nil
  }

  /// The container of before PyTorch 1.6, which is pickles and then numbers.
  static let legacyTorch = weights(
    "legacy-torch", seeds: ["torch-legacy.pth", "torch-bn-legacy.pth", "malice-legacy.pth"]
  ) { input in
    try TorchReader.read(input)
  }

  /// The pickle within PyTorch's zip file, for which the zip file's checksums leave no room.
  static let pickle = FuzzTarget(
    name: "pickle",
    seeds: {
      try ["torch", "torch-views", "malice"].map { name in
        try ZipArchive(path: fixturePath("WeightsTests/\(name).pth")).contents(of: "\(name)/data.pkl", limit: 1 << 20)
      }
    },
    read: { input in
      reading {
        var pickle = TorchPickle(input)
        let value = try pickle.load()
        _ = try pickle.stateDicts(value)
      }
    })

  /// The container of PyTorch and of Keras' .keras, with the first things in it, and the numbers of a state dict.
  static let zip = FuzzTarget(
    name: "zip",
    seeds: {
      try ["torch.pth", "malice.pth"].map { try fixture("WeightsTests/\($0)") } + [Data(base64Encoded: compressedZip)!]
    },
    read: { input in
      zipFile.write(input)
      reading {
        let archive = try ZipArchive(path: zipFile.path)
        for name in archive.names.prefix(4) {
          reading { _ = try archive.contents(of: name, limit: 1 << 16) }
        }
        if TorchReader.recognizes(archive) { try readNumbers(of: TorchReader.read(archive, limit: 1 << 16)) }
      }
    })

  private static let zipFile = InputFile()

  /// metadata.json, and model.weights.h5 of 5,000 zeros, deflated, by Python's zipfile: libraries that write weights do
  /// not compress them.
  private static let compressedZip = """
    UEsDBBQAAAAIAAAAIQBDv6ajBAAAAAIAAAANAAAAbWV0YWRhdGEuanNvbquuBQBQSwMEFAAAAAgAAAAhAKgO5dgWAAAAiBMAABAAAABtb2RlbC53\
    ZWlnaHRzLmg17cExAQAAAMKg9U9tCj+gAAAAAIC3AVBLAQIUAxQAAAAIAAAAIQBDv6ajBAAAAAIAAAANAAAAAAAAAAAAAACAAQAAAABtZXRhZGF0\
    YS5qc29uUEsBAhQDFAAAAAgAAAAhAKgO5dgWAAAAiBMAABAAAAAAAAAAAAAAAIABLwAAAG1vZGVsLndlaWdodHMuaDVQSwUGAAAAAAIAAgB5AAAA\
    cwAAAAAA
    """

  /// Finds the convolutions and reads their numbers.
  private static func weights(
    _ name: String, seeds: [String], read: @escaping @Sendable (Data) throws -> WeightContent?
  ) -> FuzzTarget {
    FuzzTarget(
      name: name,
      seeds: { try seeds.map { try fixture("WeightsTests/\($0)") } },
      read: { input in
        reading {
          if let content = try read(input) { try readNumbers(of: content) }
        }
      })
  }
}

/// As ``WeightFile/parameters(matching:turned:)``, of the fixtures' network of very few channels.
func readNumbers(of content: WeightContent) throws {
  let outputs = [2, 3, 4, 4, 5, 6, 6, 7, 8, 8, 8, 9, 9]
  for (convolution, channels) in zip(content.chain.convolutions, zip([3] + outputs, outputs)) {
    let expected = Backbone.Convolution(name: "", inputChannels: channels.0, outputChannels: channels.1)
    if let mismatch = convolution.mismatch(with: expected) { throw Unreadable(mismatch) }
    _ = try convolution.parameters(turned: false)
  }
}

/// Runs `body`. What it throws must be what ``WeightFile`` makes one line of.
private func reading(_ body: () throws -> Void) {
  do {
    try body()
  } catch let error as Unreadable {
    requireOneLine(WeightsError(path: "weights", reason: error.reason).description)
  } catch let error as ZipError {
    requireOneLine(WeightsError(path: "weights", reason: error.reason).description)
  } catch {
    preconditionFailure("\(error)")
  }
}
