import Foundation

/// The names in a folder, hidden ones left out, sorted by their UTF-8 bytes: the same order on every machine.
///
/// - Parameter trouble: is told of a name that is no UTF-8; it throws, or that name is left out.
/// - Throws: ``DatasetError`` where it can't be read; what `trouble` throws.
func folderEntries(
  _ path: String, trouble: (DatasetError) throws -> Void = { throw $0 }
) throws -> [(name: String, type: FileType)] {
  if let place = MountedArchives.place(of: path) {
    guard let entries = place.index.folderEntries(place.path) else {
      throw DatasetError("\(path): no such folder in the archive")
    }
    return entries
  }
  guard let folder = opendir(path) else { throw systemError(path) }
  defer { closedir(folder) }
  var entries: [(name: String, type: FileType)] = []
  func next() throws -> UnsafeMutablePointer<dirent>? {
    errno = 0
    let entry = readdir(folder)
    if entry == nil && errno != 0 { throw systemError(path) }
    return entry
  }
  while let entry = try next() {
    let isHidden = entry.pointee.d_name.0 == CChar(UInt8(ascii: "."))
    if isHidden { continue }
    let name = try withUnsafePointer(to: &entry.pointee.d_name) { tuple in
      try tuple.withMemoryRebound(to: CChar.self, capacity: 256) { text in
        let name = String(validatingCString: text)
        if name == nil {
          let bytes = UnsafeRawBufferPointer(start: text, count: strlen(text))
          try trouble(DatasetError(notUTF8(escaped(bytes)), about: path))
        }
        return name
      }
    }
    guard let name else { continue }
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

/// What is said of a name that names another file once it is text.
///
/// - Parameter name: as far as it can be printed.
package func notUTF8(_ name: String) -> String { "the name of \(name) is not UTF-8: rename it" }

/// A name with `\xE9` for each byte that is not ASCII, as a shell's `$'…'` takes it.
func escaped(_ name: some Sequence<UInt8>) -> String {
  name.map { 0x20...0x7E ~= $0 ? String(UnicodeScalar($0)) : "\\x" + String($0, radix: 16, uppercase: true) }.joined()
}
