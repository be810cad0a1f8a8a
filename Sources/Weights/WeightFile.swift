import Core
import Foundation
import HDF5
import Storage
import Zip

/// A weight file that has been opened and whose convolutions have been found, but not read.
package struct WeightFile: Sendable {
  package let path: String
  package let content: WeightContent

  /// Recognises the format by the file's content.
  ///
  /// - Throws: ``WeightsError``.
  package init(path: String) throws {
    self.path = path
    content = try Self.naming(path) { try Self.read(path) }
  }

  /// Whether the kernels are turned by 180°; nil where only their digest, or what they do to an image, can tell.
  package var turned: Bool? {
    content.turned ?? (content.chain.convolutions.contains(where: \.mayBeTurned) ? nil : false)
  }

  /// The kernels (3×3×input×output) and biases, one for each convolution of `backbone`.
  ///
  /// - Parameter turned: whether to turn the kernels by 180°.
  /// - Throws: ``WeightsError`` where the file holds another number of convolutions or other shapes.
  package func parameters(
    matching backbone: Backbone, turned: Bool = false
  ) throws -> [(kernel: [Float], bias: [Float])] {
    try Self.naming(path) {
      try check(against: backbone)
      return try content.chain.convolutions.map { try $0.parameters(turned: turned) }
    }
  }

  /// The network whose convolutions these are, as their number and shapes tell.
  ///
  /// - Throws: ``WeightsError`` that says in what the file differs from the nearest of them.
  /// - Precondition: there are candidates.
  package func backbone(among candidates: [Backbone]) throws -> Backbone {
    if let backbone = candidates.first(where: { difference(from: $0.convolutions) == nil }) { return backbone }
    let ofThatDepth = candidates.first { $0.convolutions.count == content.chain.convolutions.count }
    // A chain that was broken off tells no depth.
    let nearest = content.chain.obstacle == nil ? ofThatDepth : nil
    let backbone = nearest ?? candidates.first { $0 == .vgg16 } ?? candidates[0]
    try Self.naming(path) { try check(against: backbone) }
    return backbone
  }

  private func check(against backbone: Backbone) throws {
    guard let difference = difference(from: backbone.convolutions) else { return }
    // A chain that was broken off counts only a part of what is in the file.
    let count =
      content.chain.obstacle == nil
      ? " with \(content.chain.convolutions.count) convolutions\(guess(otherThan: backbone))" : ""
    throw Unreadable("\(content.format)\(count), not a \(backbone.title): \(difference)")
  }

  /// A known network that has as many convolutions as the file, in brackets.
  private func guess(otherThan backbone: Backbone) -> String {
    let count = content.chain.convolutions.count
    guard count != backbone.convolutions.count else { return "" }
    return Backbone.all.first { $0.convolutions.count == count }.map { " (a \($0.title)?)" } ?? ""
  }

  /// The first thing that is not as expected.
  private func difference(from expected: [Backbone.Convolution]) -> String? {
    let found = content.chain.convolutions
    for (convolution, expected) in zip(found, expected) {
      if let mismatch = convolution.mismatch(with: expected) { return mismatch }
    }
    let missing = found.count < expected.count ? expected[found.count] : nil
    if let obstacle = content.chain.obstacle {
      return obstacle + (missing.map { "; expected \($0.withShape)" } ?? "")
    }
    if let missing { return "\(missing.withShape) is missing" }
    if found.count > expected.count {
      return "\(found[expected.count].name) follows \(expected.last?.name ?? "nothing"), the last convolution expected"
    }
    return nil
  }

  private static func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as Unreadable {
      throw WeightsError(path: path, reason: error.reason)
    } catch let error as ZipError {
      throw WeightsError(path: path, reason: error.reason)
    } catch let error as HDF5Error {
      let text = error.description
      throw WeightsError(
        path: path, reason: text.hasPrefix(path + ": ") ? String(text.dropFirst(path.count + 2)) : text)
    }
  }
}

// MARK: - Formats

extension WeightFile {
  private static func read(_ path: String) throws -> WeightContent {
    let data = try contents(of: path)
    try checkMemory(for: data)
    if KerasReader.recognizes(data) { return try KerasReader.read(path: path) }
    if data.starts(with: ZipArchive.signature) { return try readArchive(path, size: data.count) }
    if TorchReader.recognizes(data) { return try TorchReader.read(data) }
    if SafetensorsReader.recognizes(data) { return try SafetensorsReader.read(data) }
    if ONNXReader.recognizes(data) { return try ONNXReader.read(data) }
    if let reason = otherContent(data) { throw Unreadable(reason) }
    throw Unreadable("no weight format that is known here (it starts with the bytes \(hexadecimal(data.prefix(8))))")
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
    // Weights are noise: they hardly get smaller in a zip file.
    let limit = 16 * size
    if TorchReader.recognizes(archive) { return try TorchReader.read(archive, limit: limit) }
    if KerasReader.recognizes(archive) { return try KerasReader.read(archive, limit: limit) }
    let found = archive.names.prefix(3).joined(separator: ", ")
    throw Unreadable("zip file with \(found.isEmpty ? "nothing" : found), expected PyTorch's or Keras' weights")
  }

  /// The file's bytes, mapped and not copied.
  private static func contents(of path: String) throws -> Data {
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno == ENOENT else { throw Unreadable("can't be read (\(String(cString: strerror(errno))))") }
      throw Unreadable("no such file; expected VGG16 weights")
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw Unreadable("a folder; expected a file of VGG16 weights")
    }
    // A pipe would wait for a writer.
    guard status.st_mode & S_IFMT == S_IFREG else { throw Unreadable("not a regular file; expected VGG16 weights") }
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    } catch {
      throw Unreadable("can't be read (\(String(cString: strerror(errno))))")
    }
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

  private static func hexadecimal(_ bytes: Data) -> String {
    bytes.map { String(format: "%02x", $0) }.joined(separator: " ")
  }
}
