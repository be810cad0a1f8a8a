import Foundation
import SystemPackage

/// A folder that holds one network: a preset of KerasHub, a model of Hugging Face's or timm's, in one file or in shards.
struct WeightFolder {
  private let path: String
  private let names: Set<String>

  /// Nil where it is no folder.
  init?(_ path: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else { return nil }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw Unreadable("a folder that can't be listed; expected a file of VGG16 weights")
    }
    self.path = path
    self.names = Set(names)
  }

  /// - Throws: as ``WeightFormats/read(_:)``; ``Unreadable`` where it is no folder that is known here.
  func read() throws -> WeightContent {
    if names.contains("saved_model.pb") || names.contains("saved_model.pbtxt") {
      throw Unreadable(ForeignFormat.savedModel.advice)
    }
    if names.contains(where: { $0.hasSuffix(".index") }), names.contains(where: { $0.contains(".data-00000-of-") }) {
      throw Unreadable(ForeignFormat.tensorFlowCheckpoint.advice)
    }
    guard let name = weights else { throw Unreadable("a folder; expected a file of VGG16 weights") }
    let file = FilePath(path).appending(name).string
    let configuration = try names.contains("config.json") ? MappedFile.contents(of: beside("config.json")) : nil
    do {
      let content = try WeightFormats.read(file, MappedFile.contents(of: file), configuration: configuration)
      var called = content.called("\(content.format) in a folder")
      if called.stated == nil { called.stated = PreprocessorFile.stated(in: path) }
      return called
    } catch let error as Unreadable {
      throw Unreadable("\(name): \(error.reason)")
    }
  }

  /// The file that holds the weights, or tells of the others that do.
  private var weights: String? {
    let usual = [
      "model.weights.h5", "model.safetensors.index.json", "model.safetensors", "pytorch_model.bin", "model.onnx",
    ]
    return usual.first(where: names.contains) ?? names.filter { $0.hasSuffix(".safetensors.index.json") }.min()
  }

  private func beside(_ name: String) -> String { FilePath(path).appending(name).string }
}
