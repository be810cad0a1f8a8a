import Foundation

/// A thread that runs one closure and ends. Unlike Foundation's, it says so where it can't be started.
package enum DetachedThread {
  /// - Parameter body: what the thread does. It is released when done, or when there is no thread.
  /// - Throws: ``ThreadError`` where the system has no room for one more.
  package static func start(_ body: @escaping @Sendable () -> Void) throws {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 1 << 20)
    let job = Unmanaged.passRetained(Job(body: body))
    #if canImport(Darwin)
      var thread: pthread_t?
      let code = pthread_create(&thread, &attributes, { run($0) }, job.toOpaque())
    #else
      var thread = pthread_t()
      let code = pthread_create(&thread, &attributes, { run($0!) }, job.toOpaque())
    #endif
    guard code == 0 else {
      job.release()
      throw ThreadError(code: code)
    }
  }
}

/// Why a thread can't be started.
package struct ThreadError: Error, CustomStringConvertible {
  /// As of `errno`.
  package let code: Int32

  package var description: String {
    "a thread can't be started (\(String(cString: strerror(code)))): see ulimit -u and ulimit -v, or give fewer --threads"
  }
}

private final class Job: Sendable {
  let body: @Sendable () -> Void

  init(body: @escaping @Sendable () -> Void) {
    self.body = body
  }
}

private func run(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
  Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().body()
  return nil
}
