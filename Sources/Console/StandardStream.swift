import Foundation
import Synchronization

/// Standard output or standard error: the only way in which this project prints. What can't be written is never a crash;
/// the first failure is remembered, for the exit status to tell.
public final class StandardStream: Sendable {
  public static let output = StandardStream(STDOUT_FILENO)
  public static let error = StandardStream(STDERR_FILENO)

  package let descriptor: Int32
  /// `errno` of the first write that failed; 0 while none has.
  private let failed = Atomic<Int32>(0)

  package init(_ descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Why something that was to be printed is lost, in the system's words; nil where all was written.
  public var failure: String? {
    let code = failed.load(ordering: .relaxed)
    return code == 0 ? nil : String(cString: strerror(code))
  }

  var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Whether this is a terminal that shows nothing but ASCII, as its locale says.
  private var wantsASCII: Bool { isTerminal && !Locale.isUTF8(ProcessInfo.processInfo.environment) }

  /// Writes all of the text. After a failure nothing more is written: half of the lines would look like all of them.
  public func write(_ text: String) {
    guard failed.load(ordering: .relaxed) == 0 else { return }
    let code = put(text)
    if code != 0 { _ = failed.compareExchange(expected: 0, desired: code, ordering: .relaxed) }
  }

  /// Writes what nobody misses, such as progress: a failure counts for nothing.
  func show(_ text: String) {
    _ = put(text)
  }

  /// Writes the text unless that would have to wait for a reader.
  func writeAtOnce(_ text: String) {
    var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    if poll(&state, 1, 0) == 1 { _ = put(text) }
  }

  /// - Returns: `errno`, or 0 where all was written.
  private func put(_ text: String) -> Int32 {
    var text = wantsASCII ? text.inASCII : text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
        if count >= 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        } else if errno == EAGAIN {
          // Somebody else who has this terminal or pipe, too, made it one that does not wait.
          var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&state, 1, -1)
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }
}

extension StandardStream {
  /// Makes printing safe, before anything else is done: a closed pipe is an error of `write` and not the end of the
  /// process, and no data file gets a descriptor from 0 to 2, into which what is printed would go.
  ///
  /// Descriptors that are closed are opened on /dev/null the wrong way round, so that using them still fails.
  public static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
    where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free number is given: this one.
      _ = open("/dev/null", mode)
    }
  }
}
