import Core
import Foundation
import HDF5
import Storage
import Zip

/// Tells which format a weight file is in, by its content, and reads it.
enum WeightFormats {
  /// - Throws: ``Unreadable``, HDF5Error, or ZipError.
  static func read(_ path: String) throws -> WeightContent {
    if let folder = try WeightFolder(path) { return try folder.read() }
    if let foreign = ForeignFormat(prefix: path) { throw Unreadable(foreign.advice) }
    return try read(path, MappedFile.contents(of: path))
  }

  /// - Parameter configuration: of a Keras model, where it lies beside the file.
  static func read(_ path: String, _ data: Data, configuration: Data? = nil) throws -> WeightContent {
    if let foreign = ForeignFormat(data, path: path) { throw Unreadable(foreign.advice) }
    try checkMemory(for: data)
    if KerasReader.recognizes(data) { return try KerasReader.read(path: path, configuration: configuration) }
    if data.starts(with: ZipArchive.signature) { return try readArchive(path, size: data.count) }
    if TorchReader.recognizes(data) { return try TorchReader.read(data) }
    if SafetensorsReader.recognizes(data) { return try SafetensorsReader.read(data) }
    if let index = ShardIndex(data) { return try index.read(besides: path) }
    if ONNXReader.recognizes(data) { return try ONNXReader.read(data) }
    if let reason = otherContent(data) { throw Unreadable(reason) }
    let start = data.prefix(8).map { [$0].hexadecimal }.joined(separator: " ")
    throw Unreadable(
      "no weight format that is known here (it starts with the bytes \(start)): Keras' .h5, .weights.h5 and .keras, ONNX, "
        + "PyTorch's .pth and safetensors are")
  }

  /// The parameters of VGG16's convolutions are 56 MiB; they are read, put in order, and kept. Protobuf copies all of an ONNX
  /// file first.
  private static func checkMemory(for data: Data) throws {
    let copied = ONNXReader.recognizes(data) ? 2 * data.count : 0
    do {
      try AvailableMemory.check(
        Double(copied) + 4 * 56 * 0x1p20, for: "reading it", remedy: "see ulimit -v, or end other programs")
    } catch {
      throw Unreadable("\(error)")
    }
  }

  private static func readArchive(_ path: String, size: Int) throws -> WeightContent {
    let archive = try ZipArchive(path: path)
    if let foreign = ForeignFormat(archive) { throw Unreadable(foreign.advice) }
    // Weights are noise: they hardly get smaller in a zip file.
    let limit = 16 * size
    if TorchReader.recognizes(archive) { return try TorchReader.read(archive, limit: limit) }
    if KerasReader.recognizes(archive) { return try KerasReader.read(archive, limit: limit) }
    let found = archive.names.prefix(3).joined(separator: ", ")
    throw Unreadable("zip file with \(found.isEmpty ? "nothing" : found), expected PyTorch's or Keras' weights")
  }

  /// What a file is that plainly is no weight file: failed downloads, mostly.
  private static func otherContent(_ data: Data) -> String? {
    if data.isEmpty { return "an empty file: an interrupted download? Fetch it again" }
    let start = String(decoding: data.prefix(512), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    if start.hasPrefix("<") {
      return "a web page or XML, not weights: the server sent an error page? Fetch it again"
    }
    if start.hasPrefix("version https://git-lfs") {
      return "a Git LFS pointer, not the weights themselves: run git lfs pull"
    }
    if data.starts(with: [0x1f, 0x8b]) { return "compressed with gzip: unpack it first" }
    return nil
  }
}
