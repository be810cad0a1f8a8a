import SystemPackage
import Zip

/// The path of the table of that name in a folder, plain, gzipped or zipped, or in a zip archive; nil where there is none.
///
/// - Returns: of a table in an archive, `ARCHIVE/ENTRY`, as ``readTable(_:)`` takes it.
func tablePath(_ name: String, in place: String) throws -> String? {
  let isArchive = fileType(place) == .regular
  let names =
    isArchive
    ? try openArchive(place)?.names ?? [] : try folderEntries(place).filter { $0.type == .regular }.map(\.name)
  for ending in isArchive ? [".csv"] : [".csv", ".csv.gz", ".csv.zip"] {
    // Whatever its capitals: some systems don't tell them apart.
    let found = names.filter { FilePath($0).lastComponent?.string.lowercased() == name + ending }
    let other = found.first { FilePath($0).lastComponent?.string != FilePath(found[0]).lastComponent?.string }
    if let other {
      throw DatasetError("\(place): both \(found[0]) and \(other) seem to be the \(name) table: move one away")
    }
    if let first = found.first { return "\(place)/\(first)" }
  }
  return nil
}

/// The whole of a table or an IDX file: plain, gzipped, or the only entry of a zip archive, by its content and not its
/// name; or any entry of an archive, by `ARCHIVE/ENTRY`.
///
/// - Throws: ``DatasetError``.
func readTable(_ path: String) throws -> [UInt8] {
  if let slash = path.range(of: ".zip/"),
    let archive = try openArchive(String(path[..<path.index(before: slash.upperBound)]))
  {
    return try archive.contents(of: String(path[slash.upperBound...]), path: path)
  }
  let bytes = try openArchive(path).map { try $0.onlyContents(path: path) } ?? readPossiblyGzipped(path)
  if let reason = FileSignature.otherThanTable(Array(bytes.prefix(FileSignature.length))) {
    throw DatasetError("\(path): \(reason)")
  }
  return bytes
}

/// The archive at a path; nil where there is another kind of file.
private func openArchive(_ path: String) throws -> ZipArchive? {
  guard let start = try? readFile(path, upTo: ZipArchive.signature.count), start == ZipArchive.signature else {
    return nil
  }
  do {
    return try ZipArchive(path: path)
  } catch let error as ZipError {
    throw DatasetError("\(path): \(error.reason)")
  }
}

extension ZipArchive {
  /// The contents of the only file.
  fileprivate func onlyContents(path: String) throws -> [UInt8] {
    let entries = names.filter { !$0.hasSuffix("/") && !$0.hasPrefix("__MACOSX/") }
    if entries.count == 1 { return try contents(of: entries[0], path: path) }
    guard !FileSignature.areNetworks(entries) else { throw DatasetError("\(path): \(FileSignature.weights)") }
    let remedy =
      entries.contains(where: PictureName.isPictures)
      ? "; this is an archive of pictures: unpack it, and give the folder"
      : entries.contains { $0.hasSuffix(".npy") } ? "; these are NumPy arrays: \(FileSignature.arrays)" : ""
    throw DatasetError("\(path): \(entries.count) files in this archive, expected one table\(remedy)")
  }

  fileprivate func contents(of entry: String, path: String) throws -> [UInt8] {
    do {
      return [UInt8](try contents(of: entry, limit: 1 << 32))
    } catch let error as ZipError {
      throw DatasetError("\(path): \(error.reason)")
    }
  }
}
