import Foundation

/// The names in a folder, hidden ones left out, sorted by their UTF-8 bytes: the same order on every machine.
///
/// - Parameter trouble: is told of a name that is no UTF-8; it throws, or that name is left out.
/// - Throws: ``DatasetError`` where it can't be read; what `trouble` throws.
func folderEntries(
  _ path: String, trouble: (DatasetError) throws -> Void = { throw $0 }
) throws -> [(name: String, type: FileType)] {
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
        let name = String(validatingCString: text)
        if name == nil { try trouble(DatasetError(notUTF8(escaped(text)), about: path)) }
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

/// What a folder is, by whatever path it is reached.
private struct FolderIdentity: Equatable {
  let device: Int64
  let inode: UInt64

  /// Nil where there is none.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    (device, inode) = (Int64(truncatingIfNeeded: status.st_dev), UInt64(status.st_ino))
  }
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

  /// - Throws: ``DatasetError`` where a folder can't be read, a name is no UTF-8, or links make a circle.
  init(of root: String) throws {
    try self.init(of: root) { throw $0 }
  }

  /// - Parameter trouble: is told of a folder that can't be read, a name that is no UTF-8 and links that make a circle; it
  ///   throws, or that one is left out.
  /// - Throws: what `trouble` throws.
  init(of root: String, trouble: (DatasetError) throws -> Void) throws {
    try collect(root, trouble)
    // Only now, so that what is wrong with folders is said before any file is read.
    for path in unsure { add(path, in: root) }
    unsure = []
    pictures.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// - Parameter above: the folders that this one is in.
  private mutating func collect(
    _ root: String, in folder: String = "", below above: [FolderIdentity?] = [],
    _ trouble: (DatasetError) throws -> Void
  ) throws {
    let place = folder.isEmpty ? root : "\(root)/\(folder)"
    let identity = FolderIdentity(place)
    guard above.count < Self.mostDepth, identity.map(above.contains) != true else {
      let deep = "folders \(Self.mostDepth) deep: is there a symbolic link to a folder above?"
      let circle = "a symbolic link to a folder above it: remove the link"
      return try trouble(DatasetError(above.count < Self.mostDepth ? circle : deep, about: place))
    }
    let entries: [(name: String, type: FileType)]
    do {
      entries = try folderEntries(place, trouble: trouble)
    } catch let error as DatasetError {
      return try trouble(error)
    }
    let here = above + [identity]
    for entry in entries {
      let path = folder.isEmpty ? entry.name : "\(folder)/\(entry.name)"
      switch entry.type {
      case .folder where FolderContent.leftoverNames.contains(entry.name): leftovers.append(path)
      case .folder: try collect(root, in: path, below: here, trouble)
      case .regular where PictureName.isPictures(entry.name): pictures.append(path)
      case .regular: unsure.append(path)
      case .danglingLink where !PictureName.isOthers(entry.name): pictures.append(path)
      case .danglingLink, .special: others.append(path)
      case .missing: break
      }
    }
  }

  private static let mostDepth = 32

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
