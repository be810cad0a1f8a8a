import Foundation

/// The names in a folder, hidden ones left out, sorted by their UTF-8 bytes: the same order on every machine.
///
/// - Throws: ``DatasetError`` where it can't be read, or a name is no UTF-8.
func folderEntries(_ path: String) throws -> [(name: String, type: FileType)] {
  if let place = Archives.place(of: path) {
    guard let entries = place.index.folderEntries(place.path) else {
      throw DatasetError("\(path): no such folder in the archive")
    }
    return entries
  }
  guard let folder = opendir(path) else { throw systemError(path) }
  defer { closedir(folder) }
  var entries: [(name: String, type: FileType)] = []
  while let entry = readdir(folder) {
    let isHidden = entry.pointee.d_name.0 == CChar(UInt8(ascii: "."))
    if isHidden { continue }
    let name = try withUnsafePointer(to: &entry.pointee.d_name) { tuple in
      try tuple.withMemoryRebound(to: CChar.self, capacity: 256) { text in
        guard let name = String(validatingCString: text) else {
          throw DatasetError("\(path): the name of \(escaped(text)) is not UTF-8: rename it")
        }
        return name
      }
    }
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

/// A name with `\xE9` for each byte that is not ASCII, as a shell's `$'…'` takes it.
private func escaped(_ name: UnsafePointer<CChar>) -> String {
  var text = ""
  var next = name
  while next.pointee != 0 {
    let byte = UInt8(bitPattern: next.pointee)
    text += 0x20...0x7E ~= byte ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16, uppercase: true)
    next += 1
  }
  return text
}

/// What is found below a folder, in folders of any depth. Symbolic links are followed.
///
/// Every file counts as a picture but those whose name or content says that they are something else, so that a picture
/// under an odd name is not lost. So does a link that leads nowhere: there was a picture once.
struct PictureListing {
  /// Paths below the folder, sorted by their UTF-8 bytes.
  private(set) var pictures: [String] = []
  /// Of these, those that only their content shows to be pictures: `cat/1.dat`.
  private(set) var disguised: [String] = []
  /// Files that are no pictures.
  private(set) var others: [String] = []
  /// Folders that other programs left; nothing in them is looked at.
  private(set) var leftovers: [String] = []
  /// Files that are yet to be looked into.
  private var unsure: [String] = []

  /// - Throws: ``DatasetError`` where a folder can't be read, or links make a circle.
  init(of root: String) throws {
    try collect(root)
    // Only now, so that what is wrong with folders is said before any file is read.
    for path in unsure { add(path, in: root) }
    unsure = []
    pictures.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private mutating func collect(_ root: String, in folder: String = "", depth: Int = 0) throws {
    guard depth < 32 else {
      throw DatasetError("\(root)/\(folder): folders 32 deep: is there a symbolic link to a folder above?")
    }
    for entry in try folderEntries(folder.isEmpty ? root : "\(root)/\(folder)") {
      let path = folder.isEmpty ? entry.name : "\(folder)/\(entry.name)"
      switch entry.type {
      case .folder where FolderContent.leftoverNames.contains(entry.name): leftovers.append(path)
      case .folder: try collect(root, in: path, depth: depth + 1)
      case .regular where PictureName.isPictures(entry.name): pictures.append(path)
      case .regular: unsure.append(path)
      case .danglingLink where !PictureName.isOthers(entry.name): pictures.append(path)
      case .danglingLink, .special: others.append(path)
      case .missing: break
      }
    }
  }

  /// Adds a file whose name does not say that it is a picture.
  private mutating func add(_ path: String, in root: String) {
    // What can't be read is reported where pictures are read.
    let start = (try? readFile("\(root)/\(path)", upTo: FileSignature.length)) ?? []
    if FileSignature.picture(start) != nil {
      disguised.append(path)
      pictures.append(path)
    } else if PictureName.isOthers(path) || Self.isText(start) {
      others.append(path)
    } else {
      pictures.append(path)
    }
  }

  /// Whether a file begins as a text does: a licence, a readme. An empty one does not.
  private static func isText(_ start: [UInt8]) -> Bool {
    // The last character may be cut.
    !start.isEmpty && start.allSatisfy { $0 >= 0x20 && $0 != 0x7F || 0x09...0x0D ~= $0 }
      && (0...3).contains { String(validating: start.dropLast($0), as: UTF8.self) != nil }
  }
}
