import Foundation
import Storage

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
    _ root: String, in folder: String = "", below above: [FileID?] = [],
    _ trouble: (DatasetError) throws -> Void
  ) throws {
    let place = folder.isEmpty ? root : "\(root)/\(folder)"
    let identity = FileID(place)
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
    } else if PictureName.isOthers(path) || Self.isText(start) || FileSignature.otherThanTable(start) != nil {
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
