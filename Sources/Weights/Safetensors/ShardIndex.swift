import Foundation
import SystemPackage

/// The index of a model whose tensors lie in several safetensors files, its shards: `model.safetensors.index.json`,
/// `{"metadata": …, "weight_map": {"features.0.weight": "model-00001-of-00002.safetensors", …}}`.
struct ShardIndex {
  private let files: [String]
  private let names: [String: String]

  /// Nil where it is no such JSON.
  init?(_ data: Data) {
    guard data.first == UInt8(ascii: "{"), data.count <= 16 << 20,
      let index = try? JSONDecoder().decode(Index.self, from: data), !index.weightMap.isEmpty
    else { return nil }
    names = index.weightMap
    files = Set(index.weightMap.values).sorted()
  }

  private struct Index: Decodable {
    let weightMap: [String: String]

    enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
  }

  /// Reads the tensors from the files beside the index.
  ///
  /// - Throws: ``Unreadable`` where a shard is missing, or has not the tensors that it should.
  func read(besides path: String) throws -> WeightContent {
    guard files.count <= 1000 else { throw Unreadable("an index of \(files.count) shards, which no VGG16 has") }
    var shards: [SafetensorsReader.Shard] = []
    for name in files {
      // A name with a folder in it could lead anywhere.
      guard !name.contains("/"), name != "..", !name.isEmpty else {
        throw Unreadable("an index of shards that names \(name), which is no file beside it")
      }
      let file = FilePath(path).removingLastComponent().appending(name).string
      let data: Data
      do {
        data = try MappedFile.contents(of: file)
      } catch let error as Unreadable {
        throw Unreadable("shard \(name): \(error.reason)")
      }
      guard SafetensorsReader.recognizes(data) else {
        throw Unreadable("shard \(name): not safetensors: fetch it again")
      }
      let shard = try SafetensorsReader.Shard(data)
      for (tensor, file) in names where file == name && !shard.names.contains(tensor) {
        throw Unreadable("shard \(name): has no tensor \(tensor), which the index says is there: fetch it again")
      }
      shards.append(shard)
    }
    return SafetensorsReader.content(of: shards, format: "safetensors in \(files.count) shards")
  }
}
