import Foundation
import Testing
import Weights

/// Folders that hold one network, and the files beside weights that say how images are preprocessed.
@Suite struct WeightFolderTests {
  private func withFolder(_ files: [String: Data], _ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, data) in files { try data.write(to: folder.appendingPathComponent(name)) }
    try body(folder.path)
  }

  /// KerasHub's preset of VGG16: torchvision's weights.
  private static let preset = """
    {"class_name": "VGGImageClassifierPreprocessor", "config": {"name": "p", "image_converter": {"class_name":
    "VGGImageConverter", "config": {"name": "c", "image_size": [224, 224], "scale": [0.01712475, 0.017507, 0.01742919],
    "offset": [-2.11790393, -2.03571429, -1.80444444], "interpolation": "bilinear"}}}}
    """

  @Test func presetsOfKerasHub() throws {
    let files = [
      "model.weights.h5": try Tiny.data("keras3.weights.h5"), "preprocessor.json": Data(Self.preset.utf8),
      "config.json": Data(
        #"{"class_name": "VGGBackbone", "config": {"name": "vgg", "stackwise_num_repeats": [2, 2]}}"#.utf8),
      "metadata.json": Data("{}".utf8),
    ]
    try withFolder(files) { (folder: String) throws in
      let file = try WeightFile(path: folder)
      #expect(file.content.format == "Keras 3 weights in a folder")
      #expect(file.content.stated == .plain(.torch, by: "preprocessor.json"))
      #expect(try Tiny.read(folder) == Tiny.expected())
      // The file alone finds what lies beside it.
      #expect(try WeightFile(path: folder + "/model.weights.h5").content.preprocessing == .torch)
    }
  }

  @Test(arguments: [
    (
      "preprocessor_config.json",
      #"{"do_normalize": true, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}"#, "torch"
    ),
    ("config.json", #"{"pretrained_cfg": {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}}"#, "torch"),
    ("preprocessor.json", #"{"config": {"scale": 0.00392156862745098}}"#, "unit"),
    ("preprocessor_config.json", #"{"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}"#, "tf"),
    ("config.json", #"{"architectures": ["VGG"]}"#, nil),
  ])
  func filesBesideWeights(name: String, json: String, preprocessing: String?) throws {
    try withFolder([name: Data(json.utf8), "model.safetensors": try Tiny.data("f32.safetensors")]) {
      (folder: String) throws in
      for path in [folder, folder + "/model.safetensors"] {
        #expect(try WeightFile(path: path).content.preprocessing?.name == preprocessing)
      }
    }
  }

  @Test(arguments: [
    #"{"config": {"resize": 224}}"#, "{", "[]", #"{"image_mean": [0.5, 0.5, 0.5], "image_std": 0.5}"#,
  ])
  func aPreprocessorThatIsNotUnderstoodIsNamed(json: String) throws {
    try withFolder(["preprocessor.json": Data(json.utf8), "w.pth": try Tiny.data("torch.pth")]) {
      (folder: String) throws in
      #expect(
        try WeightFile(path: folder + "/w.pth").content.stated == .unclear("the file preprocessor.json beside it"))
    }
  }

  // MARK: Shards

  /// The tensors of f32.safetensors, in two files.
  private func shards() throws -> [String: Data] {
    let file = try Tiny.data("f32.safetensors")
    let length = Int(file.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) })
    let header = try #require(
      try JSONSerialization.jsonObject(with: file.dropFirst(8).prefix(length)) as? [String: Any])
    let body = file.dropFirst(8 + length)
    var files: [String: Data] = [:]
    var map: [String: String] = [:]
    let names = header.keys.filter { $0 != "__metadata__" }.sorted()
    for (index, names) in [names.prefix(names.count / 2), names.dropFirst(names.count / 2)].enumerated() {
      let shard = "model-0000\(index + 1)-of-00002.safetensors"
      var entries: [String: Any] = [:]
      var content = Data()
      for name in names {
        var entry = try #require(header[name] as? [String: Any])
        let offsets = try #require(entry["data_offsets"] as? [Int])
        entry["data_offsets"] = [content.count, content.count + offsets[1] - offsets[0]]
        content += body.dropFirst(offsets[0]).prefix(offsets[1] - offsets[0])
        entries[name] = entry
        map[name] = shard
      }
      let json = try JSONSerialization.data(withJSONObject: entries)
      files[shard] = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json + content
    }
    files["model.safetensors.index.json"] = try JSONSerialization.data(withJSONObject: ["weight_map": map])
    return files
  }

  @Test func shardsAreOneModel() throws {
    try withFolder(try shards()) { (folder: String) throws in
      for path in [folder, folder + "/model.safetensors.index.json"] {
        #expect(try WeightFile(path: path).content.format.hasPrefix("safetensors in 2 shards"))
        #expect(try Tiny.read(path) == Tiny.expected())
      }
    }
  }

  @Test func missingShardsAreNamed() throws {
    let name = "model-00002-of-00002.safetensors"
    try withFolder(try shards().filter { $0.key != name }) { (folder: String) throws in
      let path = folder + "/model.safetensors.index.json"
      #expect(throws: WeightsError(path: path, reason: "shard \(name): no such file; expected VGG16 weights")) {
        try WeightFile(path: path)
      }
    }
    try withFolder(try shards().merging([name: Data("no weights".utf8)]) { $1 }) { (folder: String) throws in
      let path = folder + "/model.safetensors.index.json"
      #expect(throws: WeightsError(path: path, reason: "shard \(name): not safetensors: fetch it again")) {
        try WeightFile(path: path)
      }
    }
    try withFolder(["model.safetensors.index.json": Data(#"{"weight_map": {"a": "../b.safetensors"}}"#.utf8)]) {
      (folder: String) throws in
      #expect { try WeightFile(path: folder + "/model.safetensors.index.json") } throws: {
        "\($0)".hasSuffix("an index of shards that names ../b.safetensors, which is no file beside it")
      }
    }
  }
}
