import CHDF5
import Storage

/// The file driver through which HDF5 writes: everything goes to an ``Storage/OutputFile``, which remembers the first
/// failure. HDF5 itself never learns of one, for after a failed write HDF5 1.10 loses what it holds in memory without a
/// word, or crashes when the file is closed.
///
/// <https://docs.hdfgroup.org/hdf5/v1_10/_v_f_l_t_n.html> describes what a driver does.
enum OutputDriver {
  /// Sets a file access property list to this driver.
  static func use(for access: HDF5Handle, _ place: Place) throws {
    let driver = try place.call("can't be created") { identifier }
    try place.call("can't be created") { H5Pset_driver(access.id, driver, nil) }
  }

  /// Runs `body`, in which HDF5 opens one file: `output`, which must live as long as that.
  static func opening<Result>(_ output: OutputFile, _ body: () throws -> Result) rethrows -> Result {
    try Library.locked {
      next = output
      defer { next = nil }
      return try body()
    }
  }

  /// HDF5 hands a driver nothing but a name. Under the library's lock.
  nonisolated(unsafe) private static var next: OutputFile?

  private static let identifier: hid_t = {
    let name = "vgg16-feature-cache output"
    // HDF5 keeps pointers to the name and the table.
    let table = UnsafeMutablePointer<H5FD_class_t>.allocate(capacity: 1)
    table.initialize(to: chdf5_empty_driver(strdup(name)))
    table.pointee.open = { _, _, _, _ in OutputDriver.open() }
    table.pointee.close = { OutputDriver.close($0) }
    table.pointee.query = { _, features in
      features?.pointee = chdf5_output_features()
      return 0
    }
    table.pointee.get_eoa = { file, _ in OutputDriver.state(file).pointee.end_of_allocation }
    table.pointee.set_eoa = { file, _, address in
      OutputDriver.state(file).pointee.end_of_allocation = address
      return 0
    }
    table.pointee.get_eof = { file, _ in haddr_t(OutputDriver.output(file).size) }
    table.pointee.read = { file, _, _, address, size, bytes in
      let bytes = UnsafeMutableRawBufferPointer(start: bytes, count: size)
      return OutputDriver.output(file).read(into: bytes, at: Int(address)) ? 0 : -1
    }
    table.pointee.write = { file, _, _, address, size, bytes in
      OutputDriver.output(file).write(UnsafeRawBufferPointer(start: bytes, count: size), at: Int(address))
      return 0
    }
    table.pointee.truncate = { file, _, _ in
      let output = OutputDriver.output(file)
      let end = Int(OutputDriver.state(file).pointee.end_of_allocation)
      if output.size != end { output.truncate(to: end) }
      return 0
    }
    return H5FDregister(table)
  }()

  // MARK: - An open file

  private static func open() -> UnsafeMutablePointer<H5FD_t>? {
    guard let output = next else { return nil }
    let state = UnsafeMutablePointer<chdf5_output_file>.allocate(capacity: 1)
    state.initialize(to: chdf5_output_file())
    state.pointee.output = UnsafeRawPointer(Unmanaged.passRetained(output).toOpaque())
    return UnsafeMutableRawPointer(state).assumingMemoryBound(to: H5FD_t.self)
  }

  private static func close(_ file: UnsafeMutablePointer<H5FD_t>?) -> herr_t {
    let state = state(file)
    Unmanaged<OutputFile>.fromOpaque(state.pointee.output).release()
    state.deallocate()
    return 0
  }

  private static func state(_ file: UnsafePointer<H5FD_t>?) -> UnsafeMutablePointer<chdf5_output_file> {
    UnsafeMutableRawPointer(mutating: file!).assumingMemoryBound(to: chdf5_output_file.self)
  }

  private static func output(_ file: UnsafePointer<H5FD_t>?) -> OutputFile {
    Unmanaged<OutputFile>.fromOpaque(state(file).pointee.output).takeUnretainedValue()
  }
}
