import CHDF5
import Foundation

/// libhdf5 behind one lock.
///
/// Builds of libhdf5 may or may not be thread-safe, and those that are hold a lock of their own, so one lock here costs
/// nothing and makes every call safe from any thread. It is recursive because a handle may be released, and so closed,
/// while another call is being made.
package enum Library {
  private static let lock = NSRecursiveLock()

  private static let isOpen: Bool = {
    // At exit HDF5 would close what is open in whatever thread exits, perhaps in the middle of another one's call.
    // Files are closed by `HDF5File.close()` and by their handles instead.
    _ = H5dont_atexit()
    guard H5open() >= 0 else { return false }
    return refuseExternalLinks() >= 0
  }()

  package static func locked<Result>(_ body: () throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    precondition(isOpen, "libhdf5 could not be initialised")
    // Thread-safe builds have an error stack, with printing switched on, for each thread.
    _ = H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
    return try body()
  }
}

/// A place in a file, for messages, and the way every call to libhdf5 is made.
struct Place: Sendable {
  let file: String
  let object: String

  func error(_ problem: String) -> HDF5Error { HDF5Error(self, problem) }

  /// Calls libhdf5 under the lock; a negative result is thrown as an error that says what was being done and why not.
  @discardableResult
  func call<Code: SignedInteger>(_ problem: @autoclosure () -> String, _ body: () throws -> Code) throws -> Code {
    try Library.locked {
      let code = try body()
      guard code >= 0 else { throw HDF5Error(self, problem(), stack: ErrorStack.current()) }
      return code
    }
  }

  /// The same, for calls that return an identifier to be closed. `file` is kept open as long as the handle lives.
  func open(
    in file: HDF5Handle? = nil, _ problem: @autoclosure () -> String, _ body: () throws -> hid_t
  ) throws -> HDF5Handle {
    HDF5Handle(id: try call(problem(), body), place: self, file: file)
  }

  /// The product of `shape`, or an error if no memory could ever hold that many elements of `size` bytes.
  func count(of shape: [Int], size: Int = 1) throws -> Int {
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else { throw error("impossible shape \(shape)") }
      count = product
    }
    guard !count.multipliedReportingOverflow(by: max(size, 1)).overflow else {
      throw error("impossible shape \(shape) of \(size)-byte elements")
    }
    return count
  }
}
