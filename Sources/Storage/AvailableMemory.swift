import Foundation

/// The memory that this process can still get. A Swift array that does not get its memory ends the process, so what may be
/// large is compared with this first.
package enum AvailableMemory {
  /// Bytes that this process may have in all: the machine's, or less where it is limited (`ulimit -v`, a container).
  package static var total: Int {
    [Int(clamping: ProcessInfo.processInfo.physicalMemory), addressSpaceLimit(), container?.limit].compactMap(\.self)
      .min()!
  }

  /// Bytes that may still be had, without pushing others out of memory.
  package static var bytes: Int {
    let free = memoryInfo("MemAvailable").map { $0 * 1024 } ?? Int(clamping: ProcessInfo.processInfo.physicalMemory)
    let inContainer = container.map { $0.limit - $0.used }
    let inAddressSpace = addressSpaceLimit().map { $0 - mappedBytes }
    return max(0, [free, inContainer, inAddressSpace].compactMap(\.self).min()!)
  }

  /// - Parameters:
  ///   - bytes: what will be allocated; as a floating-point number, for products of options may be beyond any integer.
  ///   - what: what needs it: a file, or some options; nil where who catches the error names it.
  ///   - remedy: what to do about it.
  /// - Throws: ``MemoryError`` where there are less.
  package static func check(_ bytes: Double, for what: String?, remedy: String) throws {
    guard let there = promises.lacking(bytes) else { return }
    let subject = what.map { "\($0) " } ?? ""
    throw MemoryError(
      description: "\(subject)needs \(text(bytes)) of memory, \(text(Double(there))) are there; \(remedy)")
  }

  /// Keeps what ``check(_:for:remedy:)`` finds room for in `body` for this thread until its end: that of other threads does not
  /// count on it, and waits for it where there is too little for both.
  package static func reserving<Value>(_ body: () throws -> Value) rethrows -> Value {
    let isOutermost = promises.begin()
    defer { if isOutermost { promises.end() } }
    return try body()
  }

  private static let promises = MemoryPromises { bytes }

  private static func text(_ bytes: Double) -> String {
    bytes < 0x1p30 ? "\(Int(bytes / 0x1p20)) MiB" : String(format: "%.3g GiB", bytes / 0x1p30)
  }

  // MARK: - What limits it

  /// The address space that is taken.
  private static var mappedBytes: Int {
    let pages = text(ofFile: "/proc/self/statm")?.split(separator: " ").first.flatMap { Int($0) }
    return (pages ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Of Linux' control group, version 2; nil where there is none, or none that limits.
  private static var container: (limit: Int, used: Int)? {
    guard let limit = number(in: "/sys/fs/cgroup/memory.max"), let used = number(in: "/sys/fs/cgroup/memory.current")
    else { return nil }
    return (limit, used)
  }

  private static func number(in path: String) -> Int? {
    text(ofFile: path).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  /// A line of /proc/meminfo, in KiB.
  private static func memoryInfo(_ name: String) -> Int? {
    let line = text(ofFile: "/proc/meminfo")?.split(separator: "\n").first { $0.hasPrefix("\(name):") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
  }

  private static func text(ofFile path: String) -> String? {
    try? String(contentsOfFile: path, encoding: .utf8)
  }
}

/// What would take more memory than there is, in one line.
package struct MemoryError: Error, CustomStringConvertible {
  package let description: String
}

/// The memory that threads have found room for and not yet taken, or not let go.
package final class MemoryPromises: @unchecked Sendable {
  private let there: @Sendable () -> Int
  private let condition = NSCondition()
  /// Bytes, by thread.
  private var promised: [pthread_t: Double] = [:]

  /// - Parameter there: the bytes that may still be had.
  package init(there: @escaping @Sendable () -> Int) {
    self.there = there
  }

  /// - Returns: whether this thread had not begun.
  package func begin() -> Bool {
    condition.withLock {
      guard promised[pthread_self()] == nil else { return false }
      promised[pthread_self()] = 0
      return true
    }
  }

  package func end() {
    condition.withLock { promised[pthread_self()] = nil }
    condition.broadcast()
  }

  /// Promises a thread that has begun some bytes where they are there. Who has none yet waits for what others have; who has
  /// some doesn't, so that nobody waits for whom waits.
  ///
  /// - Returns: nil where there are so many, else how many there are.
  package func lacking(_ bytes: Double) -> Int? {
    condition.lock()
    defer { condition.unlock() }
    let this = pthread_self()
    while true {
      let others = promised.reduce(0) { $1.key == this ? $0 : $0 + $1.value }
      let there = there()
      if bytes + others <= Double(there) {
        if let mine = promised[this] { promised[this] = max(mine, bytes) }
        return nil
      }
      guard promised[this] == 0, others > 0 else { return there }
      condition.wait()
    }
  }
}
