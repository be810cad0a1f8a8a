// As much of Swift Testing as Core's tests use, for Embedded Swift, which has neither its module nor its macros:
// translate.py turns `#expect(…)` into `expect(…)` and lists the tests.

import Glibc

/// What has gone wrong so far.
nonisolated(unsafe) private(set) var failureCount = 0

/// Tells of a failure, at most twenty times, and counts it.
func fail(_ message: String, _ line: UInt) {
  failureCount += 1
  if failureCount <= 20 { print("  line \(line): \(message)") }
}

func expect(_ condition: Bool, _ message: @autoclosure () -> String = "", line: UInt = #line) {
  if !condition { fail("not as expected \(message())", line) }
}

/// What `body` throws is the error that is given.
func expect<Failure: Error & Equatable>(
  throws expected: Failure, line: UInt = #line, _ body: () throws(Failure) -> Void
) {
  do throws(Failure) {
    try body()
    fail("no error was thrown", line)
  } catch {
    if error != expected { fail("another error was thrown", line) }
  }
}

/// `body` throws an error of the type.
func expect<Failure: Error>(throws type: Failure.Type, line: UInt = #line, _ body: () throws(Failure) -> Void) {
  do throws(Failure) {
    try body()
    fail("no error was thrown", line)
  } catch {}
}

func require<Value>(_ value: Value?) -> Value {
  value!
}

protocol CustomTestStringConvertible {
  var testDescription: String { get }
}

/// A test: what it is called, and what runs it for all its arguments.
struct Test {
  let name: String
  let run: () -> Void
}

/// Synchronization's, which Embedded Swift has not.
final class Mutex<Value>: @unchecked Sendable {
  private var value: Value
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init(_ value: Value) {
    self.value = value
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&value)
  }
}
