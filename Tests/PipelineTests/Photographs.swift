import CTurboJPEG
import Core
import Foundation

/// Folders of small JPEG files: two classes for training, and a few images for validation and test.
struct Photographs {
  /// Of the train split.
  let perClass: Int

  /// Writes the folder `photographs`.
  func write(to folder: TemporaryFolder) throws {
    for name in names { try folder.write("photographs/" + name, jpeg(name)) }
  }

  /// The paths of all images below the folder.
  var names: [String] {
    ["cat", "dog"].flatMap { label in
      (0..<perClass).map { "train/\(label)/\(label)\($0).jpg" } + (0..<3).map { "valid/\(label)/\($0).jpg" }
    } + ["a", "b", "c"].map { "test/\($0).jpg" }
  }

  /// The content of an image; another one for each version.
  func jpeg(_ name: String, version: Int = 0) -> Data {
    var random = Philox(seed: UInt64(names.firstIndex(of: name)! * 8 + version))
    let base = UInt8(random.integer(below: 200))
    let pixels = (0..<40 * 30 * 3).map { _ in base + UInt8(random.integer(below: 50)) }
    let compressor = tjInitCompress()
    defer { tjDestroy(compressor) }
    var bytes: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    tjCompress2(compressor, pixels, 40, 0, 30, Int32(TJPF_RGB.rawValue), &bytes, &size, Int32(TJSAMP_420.rawValue), 90, 0)
    defer { tjFree(bytes) }
    return Data(bytes: bytes!, count: Int(size))
  }
}
