import CHDF5
import Storage

/// An HDF5 file, which is also its root group.
///
/// What is written opens with the defaults of HDF5 1.10 and later. Object time stamps are off, so the same calls give
/// the same bytes. The format of 1.10 is asked for because it has a checksum on every header and index.
///
///     let file = try HDF5File.create("train.h5")
///     let features = try file.createDataset(
///       "features", .float32, shape: [n, h, w, c], chunk: [4, h, w, c], filters: .standard)
///     try features.setDimensionLabels(["N", "H", "W", "C"])
///     try features.write(batch, rows: 0..<10)
///     try file.setAttribute("layer", "block5_conv3")
///     try file.close()
///
/// Values can be used from any thread, but a data set's rows should be written by one at a time.
public struct HDF5File: HDF5Container {
  public let handle: HDF5Handle

  /// Creates the file, or empties the one that is there. ``write(_:_:_:)`` is for files that must be there whole or not at
  /// all.
  ///
  /// - Throws: ``HDF5Error``.
  public static func create(_ path: String) throws -> HDF5File {
    let place = Place(file: path, object: "/")
    do {
      return try create(Writing(to: OutputFile(path, .empty), isVerified: false), place)
    } catch let error as StorageError {
      throw HDF5Error(place, "can't be created", stack: [error.reason.map { "\($0)" } ?? "\(error)"])
    }
  }

  static func create(_ writing: Writing, _ place: Place) throws -> HDF5File {
    let creation = try place.open("can't be created") { H5Pcreate(chdf5_file_create()) }
    try place.call("can't be created") { H5Pset_obj_track_times(creation.id, false) }
    try place.keepInHeader(creation)
    let access = try accessProperties(place)
    try place.call("can't be created") { H5Pset_libver_bounds(access.id, H5F_LIBVER_V110, H5F_LIBVER_V110) }
    try OutputDriver.use(for: access, place)
    let id = try OutputDriver.opening(writing.output) {
      try place.call("can't be created") { H5Fcreate(place.file, chdf5_create_truncate(), creation.id, access.id) }
    }
    return HDF5File(handle: HDF5Handle(id: id, place: place, writing: writing))
  }

  /// Opens a file that is there, for reading.
  ///
  /// - Throws: ``HDF5Error``.
  public static func open(_ path: String) throws -> HDF5File {
    try open(path, Place(file: path, object: "/"))
  }

  /// - Parameter place: what errors call the file.
  static func open(_ path: String, _ place: Place) throws -> HDF5File {
    try Place(file: path, object: "/").requireRegularFile()
    let access = try accessProperties(place)
    return HDF5File(
      handle: try place.open("can't be opened") { H5Fopen(path, chdf5_open_read_only(), access.id) })
  }

  private static func accessProperties(_ place: Place) throws -> HDF5Handle {
    let access = try place.open("can't be opened") { H5Pcreate(chdf5_file_access()) }
    // `close()` really closes, whatever handles are still about.
    try place.call("can't be opened") { H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG) }
    // A cache of 16 MiB a data set holds several of the pipeline's chunks; those read or written whole go first.
    try place.call("can't be opened") { H5Pset_cache(access.id, 0, 2003, 16 << 20, 1) }
    return access
  }

  /// Writes what is still in memory, syncs and closes the file. Its groups and data sets can't be used any more.
  ///
  /// A file that was written and that nobody closes is not whole.
  ///
  /// - Throws: ``HDF5Error``, or `StorageError` where the disk is what fails: of anything that was written before, too.
  public func close() throws {
    try handle.close()
    try handle.writing?.output.finish()
  }
}
