import Foundation

/// What a file is, by its first bytes.
enum FileSignature {
  /// How many bytes tell all of these.
  static let length = 512

  /// The name of a picture format: `JPEG`; nil for anything else.
  static func picture(_ start: [UInt8]) -> String? {
    if start.starts(with: JPEG.signature) { return "JPEG" }
    if start.starts(with: PNG.signature) { return "PNG" }
    if WebP.isWebP(start) { return "WebP" }
    if TIFF.isTIFF(start) { return "TIFF" }
    if BMP.isBMP(start) { return "BMP" }
    if start.starts(with: GIF.signature) { return "GIF" }
    if PNM.isPNM(start) { return "PNM" }
    return HEIF.name(start) ?? pictures.first { start.starts(with: $0.bytes) }?.name
  }

  /// What it is called in a sentence, and what to do instead; nil for what may be a table.
  static func otherThanTable(_ start: [UInt8]) -> String? {
    if let name = picture(start) {
      let article = "AEIO".contains(name.prefix(1)) ? "an" : "a"
      return "this is \(article) \(name) picture; give the folder of the class folders that it is in"
    }
    if let other = others.first(where: { start.starts(with: $0.bytes) }) {
      return "this is \(other.name); \(other.remedy)"
    }
    if start.count >= 8, start[4..<8].elementsEqual("ftyp".utf8) {
      return "this is a film (MP4); write its images as files, and give their folder"
    }
    let text = String(decoding: start.prefix(64), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    if ["<!doctype html", "<html", "<?xml"].contains(where: text.lowercased().hasPrefix) {
      return "this is a web page or XML, not a table: the server sent an error page? Fetch it again"
    }
    if isNetwork(start) { return weights }
    if isTFRecord(start) { return "these are TensorFlow's records (TFRecord); \(arrays)" }
    if isOldPickle(start) { return "this is a Python pickle; \(arrays)" }
    guard start.count > 262, start[257..<262].elementsEqual("ustar".utf8) else { return nil }
    return "this is a tar archive; \(unpack)"
  }

  /// What to do with the weights of a network.
  static let weights = "these are a network's weights; give them with --weights, and the pictures with --data"

  /// Whether names in an archive or in an HDF5 file are those that PyTorch and Keras give to what a network consists of.
  static func areNetworks(_ names: some Sequence<String>) -> Bool {
    names.contains { name in
      name.hasSuffix("data.pkl") || name.hasSuffix(".weights.h5") || name.hasSuffix("/vars/0")
        || name.hasPrefix("model_weights/")
    }
  }

  /// ONNX begins with the version of its format and the name of what wrote it; safetensors with the length of a JSON object.
  private static func isNetwork(_ start: [UInt8]) -> Bool {
    guard start.count > 16 else { return false }
    let isONNX = start[0] == 0x08 && start[1] < 0x20 && start[2] == 0x12
    return isONNX || start[3..<8].allSatisfy { $0 == 0 } && start[8...9].elementsEqual("{\"".utf8)
  }

  /// A record's length in eight bytes, their checksum in four, and an Example: a message in a message.
  private static func isTFRecord(_ start: [UInt8]) -> Bool {
    guard start.count > 12 else { return false }
    let length = start[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return length > 0 && length < 1 << 32 && start[4..<8].allSatisfy { $0 == 0 } && start[12] == 0x0a
  }

  /// Python's protocol 0 is text: it begins with a mark or a class, and no table does.
  static func isOldPickle(_ start: [UInt8]) -> Bool {
    let text = String(decoding: start.prefix(64), as: UTF8.self)
    return ["(dp0\n", "(lp0\n", "(dp1\n", "(lp1\n", "cnumpy", "ccopy_reg\n", "ccopyreg\n", "(i__main__\n"]
      .contains(where: text.hasPrefix)
  }

  /// Those that are not read.
  private static let pictures: [(bytes: [UInt8], name: String)] = [
    ([0, 0, 0, 12] + Array("jP  ".utf8), "JPEG 2000"), ([0xFF, 0x4F, 0xFF, 0x51], "JPEG 2000"),
    ([0, 0, 0, 12] + Array("JXL ".utf8), "JPEG XL"), (Array("qoif".utf8), "QOI"), (Array("8BPS".utf8), "PSD"),
    (Array("DDS ".utf8), "DDS"),
  ]

  private static let unpack = "unpack it, and give the folder"
  /// What to do with arrays of pictures.
  static let arrays =
    "put the images and labels into a .npz, numpy.savez(\"data.npz\", x_train=…, y_train=…), or write PNG files into a "
    + "folder a class"

  private static let others: [(bytes: [UInt8], name: String, remedy: String)] = [
    (Array("Rar!".utf8), "a RAR archive", unpack), ([0x37, 0x7A, 0xBC, 0xAF], "a 7z archive", unpack),
    (Array("BZh".utf8), "a bzip2 archive", unpack), ([0xFD] + Array("7zXZ".utf8), "an xz archive", unpack),
    ([0x28, 0xB5, 0x2F, 0xFD], "a Zstandard archive", unpack),
    ([0x93] + Array("NUMPY".utf8), "a NumPy array", arrays), ([0x89] + Array("HDF".utf8), "an HDF5 file", arrays),
    ([0x80, 2], "a Python pickle", arrays), ([0x80, 3], "a Python pickle", arrays),
    ([0x80, 4], "a Python pickle", arrays), ([0x80, 5], "a Python pickle", arrays),
    (Array("MATLAB 5.0".utf8), "a MATLAB file", arrays), (Array("PAR1".utf8), "a Parquet table", arrays),
    (Array("SQLite format 3".utf8), "an SQLite database", arrays),
    (Array("%PDF".utf8), "a PDF document", "give a folder of pictures"),
    ([0x7F] + Array("ELF".utf8), "a program", "give a folder of pictures"),
  ]
}

/// What the name of a file says of its kind.
enum PictureName {
  /// Whether it is a picture's, of a format that is read here or not.
  static func isPictures(_ name: String) -> Bool { ending(of: name).map(pictures.contains) ?? false }

  /// Whether it is that of something else.
  static func isOthers(_ name: String) -> Bool { ending(of: name).map(others.contains) ?? false }

  private static func ending(of name: String) -> String? {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    return name[name.utf8.index(after: dot)...].lowercased()
  }

  private static let pictures: Set<String> = [
    "avif", "bmp", "dib", "gif", "heic", "heif", "hif", "jfif", "jp2", "jpe", "jpeg", "jpg", "pbm", "pgm", "png", "pnm",
    "ppm", "tga", "tif", "tiff", "webp",
  ]

  private static let others: Set<String> = [
    "bz2", "csv", "db", "dat", "gz", "h5", "hdf5", "htm", "html", "ini", "ipynb", "json", "log", "mat", "md", "npy",
    "npz", "pdf", "pkl", "py", "rar", "sh", "tar", "tgz", "tsv", "txt", "xls", "xlsx", "xml", "xz", "yaml", "yml",
    "zip", "7z",
  ]
}
