/// What lies in a folder, sorted by the names' UTF-8 bytes.
struct FolderContent {
  let path: String
  /// The names of folders that may have pictures.
  private(set) var folders: [String] = []
  /// The names of folders that other programs leave everywhere, and that have no data.
  private(set) var leftovers: [String] = []
  /// The names of files.
  private(set) var files: [String] = []

  init(_ path: String) throws {
    self.path = path
    for entry in try folderEntries(path) {
      switch entry.type {
      case .folder where Self.leftoverNames.contains(entry.name): leftovers.append(entry.name)
      case .folder: folders.append(entry.name)
      case .regular, .danglingLink: files.append(entry.name)
      case .special, .missing: break
      }
    }
  }

  /// Those of macOS' archives, Synology's thumbnails, file systems, Windows, Python and Jupyter.
  static let leftoverNames: Set = [
    "__MACOSX", "@eaDir", "lost+found", "$RECYCLE.BIN", "System Volume Information", "__pycache__", "#recycle",
    "ipynb_checkpoints",
  ]

  /// Whether files lie here that are pictures by their name or their content.
  var hasPictures: Bool {
    files.contains { name in
      if PictureName.isPictures(name) { return true }
      let start = try? readFile("\(path)/\(name)", upTo: FileSignature.length)
      return start.flatMap(FileSignature.picture) != nil
    }
  }
}

/// `cat, dog, … and 3 more`: the first few of some names.
///
/// - Parameter arePaths: of which the end tells most: none is shortened.
func listed(_ names: some Collection<some StringProtocol>, most: Int = 3, arePaths: Bool = false) -> String {
  let first = names.prefix(most).map { arePaths ? String($0) : String($0).shortened }.joined(separator: ", ")
  return names.count > most ? "\(first) and \(names.count - most) more" : first
}
