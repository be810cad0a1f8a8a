import CHDF5
import Foundation

// What keeps a file that came from elsewhere from making a reader wait, open other files, or take memory for shapes that
// nothing stands behind.

extension Place {
  /// Refuses what is there but is no regular file: a pipe would be waited for without end.
  func requireRegularFile() throws {
    var status = stat()
    // What is not there at all is for HDF5 to tell.
    guard stat(file, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
    let kind =
      switch status.st_mode & S_IFMT {
      case S_IFDIR: "a folder"
      case S_IFIFO: "a pipe"
      case S_IFSOCK: "a socket"
      default: "a device"
      }
    throw error("\(kind), not an HDF5 file")
  }

  /// Refuses data sets whose elements are elsewhere: HDF5 would open any file, or pipe, that this one names.
  func requireOwnStorage(_ creation: HDF5Handle) throws {
    let layout = Library.locked { H5Pget_layout(creation.id) }
    guard layout != H5D_VIRTUAL else {
      throw error("a virtual data set, whose elements are in other files: store them in this one (h5repack, or h5py)")
    }
    guard Library.locked({ H5Pget_external_count(creation.id) }) <= 0 else {
      throw error("stored in other files (external storage): store it in this one (h5repack)")
    }
  }
}

extension HDF5Dataset {
  /// Refuses shapes that the file can't hold, such as a damaged one: more chunks than it has bytes, chunks or elements that
  /// its bytes can't be inflated to. Up to 32 MiB no elements are refused, for those that were never written take no room.
  public func checkShape() throws {
    try checkRoom(for: count, of: elementSize)
    guard let chunkShape else { return }
    try checkRoom(for: try place.count(of: chunkShape, size: elementSize), of: elementSize)
    let chunks = zip(shape, chunkShape).reduce(1.0) { $0 * (Double($1.0) / Double(max($1.1, 1))).rounded(.up) }
    guard chunks <= Double(try fileSize()) else {
      throw place.error("shape \(shape) in chunks of \(chunkShape) is more than the file's size allows: damaged")
    }
  }

  /// Refuses more elements than the file's bytes can be inflated to; deflate makes data smaller by 1032 at most.
  ///
  /// - Parameter allowance: bytes of elements that are not refused.
  func checkRoom(for count: Int, of size: Int, allowance: Int = 32 << 20) throws {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: max(size, 1))
    let (unpacked, unbounded) = try fileSize().multipliedReportingOverflow(by: filters.isEmpty ? 1 : 1032)
    guard !overflow, bytes <= allowance || unbounded || bytes <= unpacked else {
      throw place.error("shape \(shape) is more than the file's size allows: damaged, or never written")
    }
  }
}

/// Has links to other files followed nowhere, in the whole process: one that names a pipe would be waited for without end.
func refuseExternalLinks() -> herr_t {
  var links = H5L_class_t()
  links.version = H5L_LINK_CLASS_T_VERS
  links.id = H5L_TYPE_EXTERNAL
  links.trav_func = { _, _, _, _, _, _ in -1 }
  // In place of HDF5's own class of this number.
  return H5Lregister(&links)
}
