import CHDF5
import Foundation
import HDF5
import Testing

/// Changes a file by libhdf5 itself.
func raw(_ path: String, _ body: (hid_t) -> Void) throws {
  func open() -> hid_t { Library.locked { H5Fopen(path, chdf5_open_read_write(), chdf5_default()) } }
  var file = open()
  // A program that another test has just started may have inherited the file, and with it libhdf5's lock on it.
  for _ in 0..<100 where file < 0 {
    usleep(100_000)
    file = open()
  }
  try #require(file >= 0)
  Library.locked {
    body(file)
    #expect(H5Fclose(file) >= 0)
  }
}

/// Writes a string of a fixed length in place of another.
func writeText(_ name: String, _ text: String, of file: hid_t) {
  H5Adelete(file, name)
  let type = H5Tcopy(chdf5_string())
  H5Tset_size(type, text.utf8.count + 1)
  H5Tset_cset(type, H5T_CSET_UTF8)
  let space = H5Screate(H5S_SCALAR)
  let attribute = H5Acreate2(file, name, type, space, chdf5_default(), chdf5_default())
  #expect(H5Awrite(attribute, type, Array(text.utf8) + [0]) >= 0)
  H5Aclose(attribute)
  H5Sclose(space)
  H5Tclose(type)
}

/// Makes the digest of a head's file that of its content.
func sealHead(_ path: String) throws {
  let digest = try HDF5File.open(path).contentDigest(without: "content_digest")
  try raw(path) { writeText("content_digest", digest, of: $0) }
}

/// Makes a head as versions before 0.4.0 wrote it: without the images that it was trained on.
func forgetImages(ofHead path: String) throws {
  try raw(path) { H5Ldelete($0, "images", chdf5_default()) }
  try sealHead(path)
}
