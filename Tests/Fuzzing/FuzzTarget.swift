import Foundation

/// A reader of untrusted bytes.
struct FuzzTarget: Sendable {
  let name: String
  /// The inputs to start from.
  let seeds: @Sendable () throws -> [Data]
  /// Reads an input, whatever it holds.
  let read: @Sendable (Data) -> Void

  static let all: [FuzzTarget] = [
    .pixelTable, .textTable, .tags, .tableFile, .idx, .gzip, .jpeg, .exif, .png, .webp,
    .bmp, .gif, .tiff, .pnm, .heif, .arrays, .cifar, .archives,
    .onnx, .safetensors, .pickle, .legacyTorch, .zip,
    .sampleSubmission, .hdf5,
  ]

  func writeSeeds(to folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (index, seed) in try seeds().enumerated() {
      try seed.write(to: URL(fileURLWithPath: "\(folder)/\(index)"))
    }
  }
}

/// A file of a test target's folder Fixtures.
func fixture(_ path: String) throws -> Data {
  try Data(contentsOf: URL(fileURLWithPath: fixturePath(path)))
}

func fixturePath(_ path: String) -> String {
  let parts = path.split(separator: "/")
  return "Tests/\(parts[0])/Fixtures/\(parts[1])"
}

/// A file without a name, for readers that want a path. It holds one input after the other.
final class InputFile: @unchecked Sendable {
  let path: String
  private let descriptor: CInt

  init() {
    let name = FileManager.default.temporaryDirectory.appendingPathComponent("fuzz-\(UUID().uuidString)").path
    descriptor = open(name, O_RDWR | O_CREAT | O_EXCL, 0o600)
    precondition(descriptor >= 0, "\(name) can't be made")
    unlink(name)
    path = "/dev/fd/\(descriptor)"
  }

  func write(_ input: Data) {
    let written = input.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    precondition(written == input.count && ftruncate(descriptor, off_t(input.count)) == 0, "the disk is full")
  }
}

/// Holds a message to what users are promised: one line, and not a long one.
func requireOneLine(_ message: String) {
  precondition(!message.isEmpty && message.utf8.count < 4096, "an error of \(message.utf8.count) bytes")
  precondition(!message.contains(where: \.isNewline), "an error of several lines: \(message)")
}
