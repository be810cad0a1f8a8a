import Core
import Foundation
import HDF5
import Zip

/// Reads the convolutions of a model that Keras saved to HDF5: by `save_weights` or `save`, by any version.
enum KerasReader {
  private static let signature = Data([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a])

  /// Whether this is HDF5: its signature stands at the start, or after a user block of 512·2ⁿ bytes.
  static func recognizes(_ data: Data) -> Bool {
    var offset = 0
    while offset + signature.count <= data.count {
      if data.dropFirst(offset).starts(with: signature) { return true }
      offset = max(512, 2 * offset)
    }
    return false
  }

  /// - Parameter configuration: of the model, where it lies beside the file.
  /// - Throws: ``Unreadable``, or HDF5Error.
  static func read(path: String, configuration: Data? = nil) throws -> WeightContent {
    try read(HDF5File.open(path), configuration: configuration.flatMap(KerasConfiguration.init))
  }

  private static func read(_ file: HDF5File, configuration: KerasConfiguration?) throws -> WeightContent {
    if let legacy = try KerasLegacyLayout(file) {
      let configuration = try configuration ?? file.modelConfiguration
      let (tensors, chain, parts) = try legacy.contents(configuration)
      let moments = try legacy.moments()
      let backend = try legacy.backend()
      // Keras 2 turns the kernels of a file that names Theano when it reads it on any other backend.
      return WeightContent(
        format: legacy.isWholeModel ? "Keras HDF5 (legacy, whole model)" : "Keras HDF5 (legacy)",
        tensors: tensors, chain: chain, parts: parts, stated: KerasPreprocessing.stated(by: configuration, moments),
        turned: backend.map { $0 == "theano" }, namesNoBackend: backend == nil)
    }
    if let layout = try Keras3Layout(file, configuration: configuration) {
      return WeightContent(
        format: "Keras 3 weights", tensors: layout.tensors, chain: layout.chain, parts: layout.parts,
        stated: KerasPreprocessing.stated(by: configuration, layout.moments))
    }
    let found = try file.memberNames.prefix(5).joined(separator: ", ")
    throw Unreadable(
      "HDF5, but not a Keras model's weights: expected the attribute layer_names, or a group model_weights or layers; "
        + "found \(found.isEmpty ? "nothing" : found)")
  }
}

extension HDF5File {
  /// Of a whole model in the legacy layout.
  fileprivate var modelConfiguration: KerasConfiguration? {
    get throws {
      guard try hasAttribute("model_config") else { return nil }
      return KerasConfiguration(Data(try attribute("model_config", as: String.self).utf8))
    }
  }
}

// MARK: - .keras

extension KerasReader {
  private static let entry = "model.weights.h5"

  /// Whether a zip file is a `.keras` file: `config.json`, `metadata.json`, `model.weights.h5`.
  static func recognizes(_ archive: ZipArchive) -> Bool {
    archive.names.contains(entry)
  }

  /// libhdf5 reads files only, so the weights are unpacked into one, which goes with the last handle to it.
  ///
  /// - Parameter limit: of the unpacked file, in bytes.
  /// - Throws: ``Unreadable``, or HDF5Error.
  static func read(_ archive: ZipArchive, limit: Int) throws -> WeightContent {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).weights.h5")
    defer { try? FileManager.default.removeItem(at: url) }
    do {
      try Data().write(to: url, options: .withoutOverwriting)
      let copy = try FileHandle(forWritingTo: url)
      try archive.read(entry, limit: limit) { try copy.write(contentsOf: $0) }
      try copy.close()
    } catch let error as CocoaError {
      throw Unreadable("\(entry) can't be unpacked to \(url.path) (\(error.localizedDescription)): set TMPDIR")
    }
    let configuration =
      archive.names.contains("config.json")
      ? try KerasConfiguration(archive.contents(of: "config.json", limit: 16 << 20)) : nil
    return try read(HDF5File.open(url.path), configuration: configuration).called("Keras 3 model")
  }
}

// MARK: - Data sets

extension HDF5Dataset {
  /// HDF5 has no bfloat16: h5py writes Keras' as two bytes without a meaning.
  fileprivate var isBFloat16: Bool { elementType == .opaque(size: 2) }
}

extension ListedTensor {
  init(_ dataset: HDF5Dataset) {
    let type = dataset.isBFloat16 ? "bfloat16" : "\(dataset.elementType)"
    self.init(name: dataset.path, shape: dataset.shape, type: type)
  }
}

extension StoredTensor {
  /// A data set, read as float32 when its elements are asked for.
  init(_ dataset: HDF5Dataset) throws {
    if dataset.isBFloat16 {
      try self.init(name: dataset.path, elementType: .bfloat16, shape: dataset.shape) { body in
        try dataset.readBytes().withUnsafeBytes(body)
      }
      return
    }
    guard dataset.elementType.isNumeric else {
      throw Unreadable("\(dataset.path) holds \(dataset.elementType), expected numbers")
    }
    try self.init(name: dataset.path, elementType: .float32, shape: dataset.shape) { body in
      try dataset.read(Float.self).withUnsafeBytes(body)
    }
  }
}

extension StoredConvolution {
  /// - Parameter kernel: of rank 4, in TensorFlow's order (height, width, input, output) or Theano's (output, input, …).
  init(kerasLayer name: String, kernel: HDF5Dataset, bias: HDF5Dataset?) throws {
    let isTheanos = kernel.shape.prefix(2) != [3, 3] && kernel.shape.suffix(2) == [3, 3]
    let tensor = try StoredTensor(kernel)
    self.init(
      name: name, kernel: isTheanos ? tensor.transposed([2, 3, 1, 0]) : tensor,
      bias: try bias.map { try StoredTensor($0) }, mayBeTurned: isTheanos)
  }
}
