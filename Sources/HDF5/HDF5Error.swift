import CHDF5
import Storage

/// What went wrong, where, and in HDF5's own words why.
///
/// `description` is one line: `train.h5: /features: can't read rows 0..<8: data error detected by Fletcher32 checksum`.
public struct HDF5Error: FileError, Sendable {
  /// The file's path, as it was given.
  public let file: String
  /// The object inside the file, such as `/features`; `/` is the file itself.
  public let object: String
  /// What could not be done, or what was expected and what was found.
  public let problem: String
  /// HDF5's error stack, from the function that failed first to the one that was called; empty if HDF5 was not asked.
  public let stack: [String]

  init(_ place: Place, _ problem: String, stack: [String] = []) {
    self.file = place.file
    self.object = place.object
    self.problem = problem
    self.stack = stack
  }

  public var subject: String? { file }

  public var statement: String {
    var parts = object == "/" ? [] : [object]
    parts.append(problem)
    if let first = stack.first { parts.append(Self.plain(first)) }
    return parts.joined(separator: ": ").split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// Whether another process has the file open in a way that excludes this one.
  public var isLock: Bool { stack.first.map(Self.isLock) ?? false }

  private static func isLock(_ message: String) -> Bool {
    message.contains("unable to lock file") || message.contains("file is already open for")
  }

  /// HDF5's message with what a user can do about it, for those messages that users meet.
  private static func plain(_ message: String) -> String {
    if isLock(message) {
      return "another process has it open (HDF5: \(message)); wait for it, or, on a file system without locks, "
        + "set HDF5_USE_FILE_LOCKING=FALSE"
    }
    if message.contains("file signature not found") {
      return "not an HDF5 file (\(message))"
    }
    if message.hasPrefix("truncated file") {
      return "the file is cut short, copy or write it again (HDF5: \(message))"
    }
    // "unable to open file: name = 'x.h5', errno = 2, error message = 'No such file or directory', flags = 0, …"
    if let start = message.range(of: "error message = '")?.upperBound, let end = message[start...].firstIndex(of: "'") {
      return String(message[start..<end])
    }
    return message
  }
}

/// HDF5's error stack, read into a value.
enum ErrorStack {
  /// The messages of the last failed call in this thread, innermost first.
  static func current() -> [String] {
    var messages: [String] = []
    withUnsafeMutablePointer(to: &messages) { messages in
      _ = H5Ewalk2(
        hid_t(H5E_DEFAULT), H5E_WALK_UPWARD,
        { _, entry, context in
          if let text = entry?.pointee.desc, let context {
            context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: text))
          }
          return 0
        }, messages)
    }
    return messages
  }
}
