// All that Core asks of the system: pages of memory, threads and the environment. Nothing else
// in Core imports a C library, and nothing at all Foundation.

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#elseif canImport(Glibc)
  import Glibc
#endif

// MARK: - Memory

/// Pages straight from the system. They are zero, and take no memory before they are touched.
enum Pages {
  /// Nil where there is no more memory.
  static func map(byteCount: Int) -> UnsafeMutableRawPointer? {
    let address = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    return address == MAP_FAILED ? nil : address
  }

  static func unmap(_ start: UnsafeMutableRawPointer, byteCount: Int) {
    munmap(start, byteCount)
  }

  /// A wish: where the system does not grant it, small pages do.
  static func preferHugePages(at start: UnsafeMutableRawPointer, byteCount: Int) {
    #if os(Linux)
      _ = madvise(start, byteCount, Int32(MADV_HUGEPAGE))
    #endif
  }
}

// MARK: - Threads

/// Starts a thread that runs `body` and is gone when that returns.
///
/// - Parameter name: for people who look at the process; at most 15 bytes of it are kept.
/// - Throws: ``ThreadError`` where the system has none to give.
package func startThread(named name: String, _ body: @escaping @Sendable () -> Void) throws(ThreadError) {
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setstacksize(&attributes, 1 << 20)
  let argument = Unmanaged.passRetained(ThreadBody(name: name, run: body))
  #if canImport(Glibc)
    var thread = pthread_t()
  #else
    var thread: pthread_t?
  #endif
  let status = pthread_create(
    &thread, &attributes,
    { argument in
      // Not optional on every platform.
      let pointer: UnsafeMutableRawPointer? = argument
      pthread_detach(pthread_self())
      let body = Unmanaged<ThreadBody>.fromOpaque(pointer!).takeRetainedValue()
      nameThread(body.name)
      body.run()
      return nil
    }, argument.toOpaque())
  guard status != 0 else { return }
  argument.release()
  throw ThreadError(reason: String(cString: strerror(status)))
}

/// Why a thread can't be started.
package struct ThreadError: Error, CustomStringConvertible {
  /// The system's.
  let reason: String

  package var description: String {
    "a thread can't be started (\(reason)): see ulimit -u and ulimit -v, or give fewer --threads"
  }
}

private final class ThreadBody: Sendable {
  let name: String
  let run: @Sendable () -> Void

  init(name: String, run: @escaping @Sendable () -> Void) {
    self.name = name
    self.run = run
  }
}

/// Gives the calling thread a name.
private func nameThread(_ name: String) {
  #if canImport(Darwin)
    pthread_setname_np(name)
  #elseif os(Linux)
    let file = open("/proc/thread-self/comm", O_WRONLY)
    guard file >= 0 else { return }
    _ = write(file, name, min(name.utf8.count, 15))
    close(file)
  #endif
}

/// Lets another thread have the processor.
func giveWay() {
  sched_yield()
}

/// A lock, and something to wait for while others hold it.
final class Condition: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    mutex.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func lock() { pthread_mutex_lock(mutex) }
  func unlock() { pthread_mutex_unlock(mutex) }
  /// Gives the lock up until somebody signals, then takes it again; may return for no reason.
  func wait() { pthread_cond_wait(condition, mutex) }
  func signal() { pthread_cond_signal(condition) }
  func broadcast() { pthread_cond_broadcast(condition) }
}

// MARK: - The process

/// Nil where it is not set.
func environmentVariable(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }
}

/// The processor's features, as Linux lists them of the first one: only those that the operating system has enabled, too.
/// None where there is no such list.
func processorFlags() -> Set<String> {
  #if os(Linux) && arch(x86_64)
    let information = beginning(ofFile: "/proc/cpuinfo", byteCount: 1 << 14)
    guard let line = information.split(separator: "\n").first(where: { $0.hasPrefix("flags") }) else { return [] }
    return Set(line.split(separator: " ").map(String.init))
  #else
    return []
  #endif
}

/// Nothing where the file can't be read.
private func beginning(ofFile path: String, byteCount: Int) -> String {
  let file = open(path, O_RDONLY)
  guard file >= 0 else { return "" }
  defer { close(file) }
  let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
    while count < byteCount {
      let received = read(file, buffer.baseAddress! + count, byteCount - count)
      if received < 0 && errno == EINTR { continue }
      if received <= 0 { break }
      count += received
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}
