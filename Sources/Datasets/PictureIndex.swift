import Foundation
import SystemPackage

/// Finds pictures by what a table may call them: by their path, from wherever, or below their folder; by the file's name;
/// either without its ending; with `\` for `/`, as Windows has it. The index is made when the first is looked for.
final class PictureIndex {
  enum Match: Equatable {
    case picture(Int)
    case several
    case missing
  }

  /// The paths of all pictures below their folders, folder by folder.
  let names: [String]
  private let places: [(path: String, names: [String])]
  /// Absolute; what a table's paths may be relative to.
  private let bases: [FilePath]

  /// - Parameters:
  ///   - folders: each with the paths of the pictures below it.
  ///   - bases: folders that the table's paths may be relative to, beside that of the table and the current one.
  init(_ folders: [(path: String, names: [String])], bases: [String] = []) {
    names = folders.flatMap(\.names)
    places = folders
    self.bases = bases.map(absolute)
  }

  private struct Folder {
    /// Absolute.
    let path: FilePath
    let pictures: [String: Match]
  }

  private lazy var folders: [Folder] = {
    var first = 0
    return places.map { place in
      defer { first += place.names.count }
      return Folder(path: absolute(place.path), pictures: Self.paths(place.names, first: first))
    }
  }()

  /// Names of files, with and without their ending.
  private lazy var files: [String: Match] = {
    var files: [String: Match] = [:]
    for (index, name) in names.enumerated() {
      let file = name.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(name[name.utf8.index(after: $0)...]) } ?? name
      for key in Set([file, withoutEnding(file)]) { files[key] = files[key] == nil ? .picture(index) : .several }
    }
    return files
  }()

  /// The pictures of a folder by their paths. A whole path means one picture, whatever else is called so.
  private static func paths(_ names: [String], first: Int) -> [String: Match] {
    var paths: [String: Match] = [:]
    var wholes: [String: Match] = [:]
    for (index, name) in names.enumerated() {
      let stem = withoutEnding(name)
      paths[stem] = paths[stem] == nil ? .picture(first + index) : .several
      // Names may differ in how Unicode codes their letters alone.
      wholes[name] = wholes[name] == nil ? .picture(first + index) : .several
    }
    return paths.merging(wholes) { _, whole in whole }
  }

  /// - Parameters:
  ///   - name: as the table has it.
  ///   - table: the folder that the table lies in.
  func find(_ name: String, table: String = ".") -> Match {
    let name = name.trimmingCharacters(in: .whitespaces)
    let match = match(name, table: table)
    guard match == .missing, name.contains("\\") else { return match }
    return self.match(name.replacing("\\", with: "/"), table: table)
  }

  private func match(_ name: String, table: String) -> Match {
    var name = name
    while name.hasPrefix("./") { name = String(name.dropFirst(2).drop { $0 == "/" }) }
    let relative = folders.compactMap { $0.pictures[name] }
    if relative.count == 1 { return relative[0] }
    if relative.count > 1 { return .several }
    guard name.contains("/") else { return files[name] ?? .missing }
    let path = FilePath(name)
    for base in bases {
      if let match = match(base.pushing(path).lexicallyNormalized()) { return match }
    }
    for base in [table, "."] {
      if let match = match(absolute(base).pushing(path).lexicallyNormalized()) { return match }
    }
    let isElsewhere = path.isAbsolute || name.dropFirst().hasPrefix(":/")
    return isElsewhere ? matchElsewhere(path) : .missing
  }

  /// The picture at an absolute path.
  private func match(_ path: FilePath) -> Match? {
    for folder in folders {
      var rest = path
      if rest.removePrefix(folder.path), let match = folder.pictures[rest.string] { return match }
    }
    return nil
  }

  /// The picture of an absolute path of another machine: what lies below a folder of the same name, or a file of that name.
  private func matchElsewhere(_ path: FilePath) -> Match {
    let parts = path.components.map(\.string)
    for folder in folders {
      guard let at = parts.lastIndex(where: { $0 == folder.path.lastComponent?.string }) else { continue }
      if let match = folder.pictures[parts[(at + 1)...].joined(separator: "/")] { return match }
    }
    return parts.last.flatMap { files[$0] } ?? .missing
  }
}

private func withoutEnding(_ name: String) -> String {
  guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return name }
  return String(name[..<dot])
}

private func absolute(_ path: String) -> FilePath {
  FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(path)).lexicallyNormalized()
}
