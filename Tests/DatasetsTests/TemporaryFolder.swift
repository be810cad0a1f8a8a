import Foundation

/// A folder that goes away with the value that names it.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "datasets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Writes a file, its folders included, and returns its path.
  @discardableResult
  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    let file = "\(path)/\(name)"
    let folder = (file as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try write(name, text.utf8)
  }
}

/// A file of the folder Fixtures.
func fixture(_ name: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: Bundle.module.bundleURL.appending(path: "Fixtures/\(name)")))
}

func fixturePath(_ name: String) -> String {
  Bundle.module.bundleURL.appending(path: "Fixtures/\(name)").path
}
