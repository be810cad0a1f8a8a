/// A table that says something of pictures, one a row: the class, or the group that they belong to.
struct PictureTable {
  let path: String
  /// The name of the column that says it.
  let valueColumn: String
  /// What each row says, and of which picture, as the table calls it.
  private let rows: [(line: Int, name: String, value: String)]

  /// - Parameters:
  ///   - value: the column with the values.
  ///   - pictures: the column that names these is the one that is looked for.
  /// - Throws: ``DatasetError`` where there is no column that names pictures.
  init(_ table: TextTable, value: Int, pictures: [String]) throws {
    let index = PictureIndex(pictures)
    let others = table.columns.indices.filter { $0 != value }
    let sample = table.rows.prefix(100)
    let hits = others.map { column in sample.count { index.find($0.fields[column]) != .missing } }
    guard let most = hits.max(), most > 0 else {
      let row = others.map { "'\(sample[0].fields[$0])'" }.joined(separator: ", ")
      throw DatasetError(
        "\(table.path): line \(sample[0].line): no column names a picture: found \(row), expected names such as "
          + "'\(pictures.first ?? "")'")
    }
    let name = others[hits.firstIndex(of: most)!]
    path = table.path
    valueColumn = table.columns[value]
    rows = table.rows.map { ($0.line, $0.fields[name], $0.fields[value]) }
  }

  /// What the table says of each picture; nil of those that it does not list.
  ///
  /// - Parameter isExact: whether a row of a picture that is not there is an error.
  /// - Throws: ``DatasetError`` naming the line that fits no picture, fits several, or contradicts an earlier one.
  func values(for pictures: [String], isExact: Bool) throws -> [String?] {
    let index = PictureIndex(pictures)
    var values = [String?](repeating: nil, count: pictures.count)
    for row in rows {
      switch index.find(row.name) {
      case .picture(let picture):
        guard values[picture] == nil || values[picture] == row.value else {
          throw DatasetError(
            "\(path): line \(row.line): '\(row.name)' is '\(row.value)' here, but '\(values[picture]!)' in a line above"
          )
        }
        values[picture] = row.value
      case .several:
        throw DatasetError("\(path): line \(row.line): several pictures are called '\(row.name)': give their folders")
      case .missing where isExact:
        throw DatasetError("\(path): line \(row.line): there is no picture '\(row.name)'")
      case .missing:
        break
      }
    }
    return values
  }
}

/// Finds pictures by what a table may call them: the path below the folder, the file's name, or that without its ending.
private struct PictureIndex {
  enum Match: Equatable {
    case picture(Int)
    case several
    case missing
  }

  private let matches: [String: Match]

  /// - Parameter names: the paths of the pictures below their folder.
  init(_ names: [String]) {
    var matches: [String: Match] = [:]
    matches.reserveCapacity(4 * names.count)
    for (picture, name) in names.enumerated() {
      let file = name.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(name[name.utf8.index(after: $0)...]) } ?? name
      for key in Set([Self.withoutEnding(name), file, Self.withoutEnding(file)]) {
        matches[key] = matches[key] == nil ? .picture(picture) : .several
      }
    }
    // A whole path means one picture, whatever else is called so.
    for (picture, name) in names.enumerated() { matches[name] = .picture(picture) }
    self.matches = matches
  }

  func find(_ name: String) -> Match { matches[name] ?? .missing }

  private static func withoutEnding(_ name: String) -> String {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return name }
    return String(name[..<dot])
  }
}
