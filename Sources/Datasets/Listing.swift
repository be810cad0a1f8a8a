import Foundation

/// The names in a folder, hidden ones left out, sorted by their UTF-8 bytes: the same order on every machine.
func folderEntries(_ path: String) throws -> [(name: String, type: FileType)] {
  guard let folder = opendir(path) else { throw systemError(path) }
  defer { closedir(folder) }
  var entries: [(name: String, type: FileType)] = []
  while let entry = readdir(folder) {
    let isHidden = entry.pointee.d_name.0 == CChar(UInt8(ascii: "."))
    if isHidden { continue }
    let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
      tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
    }
    guard let name else { throw DatasetError("\(path): the name of a file in this folder is not UTF-8: rename it") }
    let type: FileType =
      switch Int32(entry.pointee.d_type) {
      case Int32(DT_REG): .regular
      case Int32(DT_DIR): .folder
      default: fileType("\(path)/\(name)")
      }
    entries.append((name, type))
  }
  return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
}

/// The paths below a folder of all its pictures, in folders of any depth, sorted by their UTF-8 bytes.
///
/// Every file counts as a picture but those whose name says that they are something else, so that a picture under an
/// odd name is not lost. Symbolic links are followed.
func listPictures(_ root: String) throws -> [String] {
  var pictures: [String] = []
  try collectPictures(root, prefix: "", depth: 0, into: &pictures)
  return pictures.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}

private func collectPictures(_ root: String, prefix: String, depth: Int, into pictures: inout [String]) throws {
  guard depth < 32 else {
    throw DatasetError("\(root)/\(prefix): folders 32 deep: is there a symbolic link to a folder above?")
  }
  for entry in try folderEntries(prefix.isEmpty ? root : "\(root)/\(prefix)") {
    switch entry.type {
    case .folder: try collectPictures(root, prefix: "\(prefix)\(entry.name)/", depth: depth + 1, into: &pictures)
    case .regular where !isOtherKind(entry.name): pictures.append(prefix + entry.name)
    case .regular, .missing: break
    }
  }
}

/// Whether a file's name says that it is not a picture.
private func isOtherKind(_ name: String) -> Bool {
  guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
  return otherExtensions.contains(name[name.utf8.index(after: dot)...].lowercased())
}

private let otherExtensions: Set<String> = [
  "bz2", "csv", "db", "dat", "gz", "h5", "hdf5", "htm", "html", "ini", "ipynb", "json", "log", "mat", "md", "npy",
  "npz",
  "pdf", "pkl", "py", "rar", "sh", "tar", "tgz", "tsv", "txt", "xls", "xlsx", "xml", "xz", "yaml", "yml", "zip", "7z",
]
