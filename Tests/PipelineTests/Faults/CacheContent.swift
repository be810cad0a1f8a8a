import Foundation

/// The files in a cache folder.
struct CacheContent: Equatable {
  private var files: [String: Data] = [:]

  init(of folder: String) throws {
    let root = URL(fileURLWithPath: folder)
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      let url = root.appendingPathComponent(name)
      guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
      files[name] = try Data(contentsOf: url)
    }
  }

  /// Writes them into another folder.
  func write(to folder: String) throws {
    for (name, bytes) in files {
      let url = URL(fileURLWithPath: folder).appendingPathComponent(name)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try bytes.write(to: url)
    }
  }

  /// Of all files.
  var byteCount: Int { files.values.reduce(0) { $0 + $1.count } }

  /// Nil where there is no such file.
  subscript(name: String) -> Data? { files[name] }

  /// The names of the files that are results: what starts with a dot is a note of the programs for themselves.
  var results: [String] {
    files.keys.filter { !$0.split(separator: "/").contains { $0.hasPrefix(".") } }.sorted()
  }

  /// The results of `expected` that are missing here, or others.
  func differences(from expected: CacheContent) -> [String] {
    expected.results.filter { self[$0] != expected[$0] }
  }

  /// Files that are not in `expected`; of hidden ones, temporary ones.
  func leftovers(beside expected: CacheContent) -> [String] {
    files.keys.filter { expected[$0] == nil && (results.contains($0) || $0.contains(".writing")) }.sorted()
  }
}
