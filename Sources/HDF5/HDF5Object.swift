import CHDF5
import Synchronization

/// An open HDF5 identifier that closes itself when the last value that holds it goes.
public final class HDF5Handle: Sendable {
  let id: hid_t
  let place: Place
  /// The file's own handle: what is inside a file keeps it open.
  let file: HDF5Handle?
  /// Of a file that is being written, and of all that is in it.
  let writing: Writing?
  /// An identifier whose closing was tried is not touched again, nor is anything in it.
  private let wasClosed = Mutex(false)

  init(id: hid_t, place: Place, file: HDF5Handle? = nil, writing: Writing? = nil) {
    self.id = id
    self.place = place
    self.file = file
    self.writing = writing ?? file?.writing
  }

  /// - Throws: ``HDF5Error``, or a failure to write of before.
  func close() throws {
    wasClosed.withLock { $0 = true }
    try place.call("can't be written and closed") { H5Fclose(id) }
    try writing?.check()
  }

  deinit {
    guard !wasClosed.withLock(\.self), file?.wasClosed.withLock(\.self) != true else { return }
    Library.locked {
      // Closing a file closes everything in it, so the identifier may be gone already. Identifiers are never reused.
      guard H5Iis_valid(id) > 0, H5Idec_ref(id) < 0 else { return }
      writing?.fail(HDF5Error(place, "can't be written", stack: ErrorStack.current()))
    }
  }
}

/// A file, group or data set: something that has attributes.
public protocol HDF5Object: Sendable {
  var handle: HDF5Handle { get }
}

extension HDF5Object {
  /// The path inside the file, such as `/features`; `/` for the file itself.
  public var path: String { handle.place.object }
  /// The path of the file, as it was given.
  public var filePath: String { handle.place.file }

  var place: Place { handle.place }
  var id: hid_t { handle.id }
  var fileHandle: HDF5Handle { handle.file ?? handle }

  /// The size of the file in bytes.
  func fileSize() throws -> Int {
    var size: hsize_t = 0
    let file = fileHandle
    try place.call("can't tell the file's size") { H5Fget_filesize(file.id, &size) }
    return Int(clamping: size)
  }
}
