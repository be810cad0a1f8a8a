import SystemPackage

/// Files that are there whole and true, or not at all: written under a name that nobody else uses, synced, read back and
/// compared, renamed, and the folder synced.
public enum AtomicFile {
  /// What becomes of a file that is there already.
  public enum Policy: Sendable {
    case replace
    /// Of several machines that write it at once, the first prevails.
    case keepFirst
  }

  /// What a temporary file's name ends with.
  static let suffix = ".writing"

  /// Writes the file at `path`.
  ///
  /// The temporary file is removed when anything throws; those that killed processes left of this file are removed.
  ///
  /// - Parameters:
  ///   - write: writes the file and leaves it open.
  ///   - verify: opens the file again, under its temporary path, and compares it with what was meant.
  /// - Throws: what `write` and `verify` throw; ``StorageError``.
  public static func write(
    _ path: String, _ policy: Policy = .replace, by write: (OutputFile) throws -> Void,
    verifiedBy verify: (_ temporaryPath: String) throws -> Void
  ) throws {
    let temporary = try TemporaryFile(for: path)
    defer { temporary.remove() }
    do {
      try write(temporary.output)
      try temporary.finish()
      try verify(temporary.path)
    } catch let error as StorageError where error.path == temporary.path {
      throw StorageError(path, error.operation, error.reason)
    }
    switch policy {
    case .replace: try temporary.rename(to: path)
    case .keepFirst: try temporary.link(as: path)
    }
    try syncFolder(of: path)
  }

  /// Writes bytes to the file at `path`.
  ///
  /// - Throws: ``StorageError``.
  public static func replace(_ path: String, with bytes: some Sequence<UInt8>) throws {
    let bytes = Array(bytes)
    try write(path) { output in
      output.append(bytes)
    } verifiedBy: { temporary in
      guard try contents(of: temporary) == bytes else { throw StorageError(path, .compare, nil) }
    }
  }

  /// The bytes of a file.
  ///
  /// - Throws: ``StorageError``.
  public static func contents(of path: String) throws -> [UInt8] {
    // A pipe would be waited for without end.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw StorageError(path, .read, .last) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw StorageError(path, .readIrregular, nil)
    }
    var bytes: [UInt8] = []
    while true {
      let count = try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        guard count >= 0 || errno == EINTR else { throw StorageError(path, .read, .last) }
        bytes.append(contentsOf: buffer[..<max(count, 0)])
        return count
      }
      if count == 0 { return bytes }
    }
  }

  /// Makes a folder's entries survive a power cut: that of a file that was renamed or made.
  ///
  /// - Throws: ``StorageError``.
  public static func syncFolder(of path: String) throws {
    let folder = folder(of: path)
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StorageError(folder, .sync, .last) }
    defer { close(descriptor) }
    guard syncToDisk(descriptor) else { throw StorageError(folder, .sync, .last) }
  }

  /// Removes what killed processes left in a folder. Files that somebody is writing stay.
  ///
  /// - Parameter name: of the file that was to be written; nil: of any.
  public static func removeAbandoned(in folder: String, of name: String? = nil) {
    for entry in entries(of: folder) where entry.hasSuffix(suffix) {
      guard name.map({ entry.hasPrefix($0 + ".") }) ?? true else { continue }
      TemporaryFile.removeIfAbandoned(FilePath(folder).appending(entry).string)
    }
  }

  public static func folder(of path: String) -> String {
    let folder = FilePath(path).removingLastComponent()
    return folder.isEmpty ? "." : folder.string
  }

  private static func entries(of folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) {
          String(validatingCString: $0)
        }
      }
      // Names that are no UTF-8 are none of ours.
      if let name { names.append(name) }
    }
    return names
  }
}
