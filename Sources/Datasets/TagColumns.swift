import Foundation

/// What stands between the tags of cells: the first of semicolons, bars and commas that any of them has between two; nil:
/// spaces.
package func tagSeparator(in cells: [String]) -> Character? {
  tagSeparators.first { separator in
    cells.contains { cell in
      cell.split(separator: separator).count { $0.contains { !$0.isWhitespace && !tagSeparators.contains($0) } } > 1
    }
  }
}

private let tagSeparators: [Character] = [";", "|", ","]

/// What a table says of pictures that have any number of classes: several words in a cell, as in `haze primary`, or a column
/// of 0 and 1 for each.
struct TagColumns {
  /// The table with one column, the last one, in place of those that tell tags: a row's tags between semicolons, or a
  /// semicolon alone where it has none.
  let table: TextTable
  /// How they were told: `column tags, between spaces`, `17 columns of 0 and 1`.
  let description: String
  /// What was found and is no tag: one line each.
  let notes: [String]

  /// The index of the column with the tags.
  var column: Int { table.columns.count - 1 }

  private static let separator: Character = ";"
  /// The columns that are neither the tags' nor, as far as can be told here, the pictures' names: not read.
  let unread: [String]

  private static let usualNames = ["tags", "labels", "label", "class"]

  /// - Parameter name: of the column that has them in its cells; nil: `tags`, `labels` or the like, columns of 0 and 1, or
  ///   the second of two columns.
  /// - Throws: ``DatasetError`` where nothing tells where they are.
  init(_ table: TextTable, column name: String?) throws {
    let indicators = name == nil ? Self.indicators(in: table) : []
    let usual = (name.map { [$0] } ?? Self.usualNames).lazy.compactMap(table.column(named:)).first
    if let usual, !indicators.contains(usual) {
      try self.init(cells: usual, of: table, besides: indicators)
    } else if indicators.count > 1 {
      try self.init(indicators: indicators, of: table)
    } else {
      try self.init(
        cells: try table.column(name, orOneOf: Self.usualNames, what: "tags", option: "--label-column"), of: table,
        besides: [])
    }
  }

  private init(cells column: Int, of table: TextTable, besides indicators: [Int]) throws {
    let cells = table.rows.map { $0.fields[column] }
    guard !cells.allSatisfy({ Self.isSet($0) != nil }) else {
      throw DatasetError(
        "\(table.path): the column \(table.columns[column].shortened) has 0 and 1 alone: one tag, which a picture has or "
          + "not, is a question of two classes; leave --tags out, and name it with --label-column")
    }
    let separator = tagSeparator(in: cells)
    self.table = table.replacing([column], by: table.columns[column]) { row in
      let cell = row.fields[column]
      return PictureTable.isBlank(cell) ? "" : Self.joined(Self.tags(in: cell, separator))
    }
    description = "column \(table.columns[column].shortened), between \(separator.map { "\"\($0)\"" } ?? "spaces")"
    notes = []
    unread = indicators.map { table.columns[$0] }
  }

  private init(indicators columns: [Int], of table: TextTable) throws {
    if let column = columns.first(where: { table.columns[$0].contains(Self.separator) || table.columns[$0].isEmpty }) {
      throw DatasetError(
        "\(table.path): line 1: column \(column + 1) is called \(table.columns[column].quoted): a tag has a name, "
          + "and no semicolon")
    }
    if let name = Dictionary(grouping: columns, by: { table.columns[$0] }).filter({ $0.value.count > 1 }).keys.min() {
      throw DatasetError("\(table.path): line 1: two columns are called \(name.quoted)")
    }
    self.table = try table.replacing(columns, by: "tags") { row in
      if columns.allSatisfy({ PictureTable.isBlank(row.fields[$0]) }) { return "" }
      if let column = columns.first(where: { Self.isSet(row.fields[$0]) == nil }) {
        throw DatasetError(
          "\(table.path): line \(row.line): the column \(table.columns[column].shortened) has \(row.fields[column].quoted): "
            + "a tag is 0 or 1, and a row where nothing is known of the picture is empty throughout")
      }
      return Self.joined(columns.filter { Self.isSet(row.fields[$0]) == true }.map { table.columns[$0] })
    }
    description = "\(grouped(columns.count)) columns of 0 and 1"
    let unused = columns.filter { column in !table.rows.contains { Self.isSet($0.fields[column]) == true } }
    notes =
      unused.isEmpty
      ? [] : ["\(table.path): 0 in every row, and no tag: \(listed(unused.map { table.columns[$0] }, most: 10))"]
    unread = table.columns.indices.filter { !columns.contains($0) }.map { table.columns[$0] }
  }

  // MARK: - Cells

  /// The tags of a row, from the column that has them; nil where nothing is known of them.
  static func tags(_ cell: String?) -> [String]? {
    cell.map { tags(in: $0, separator) }
  }

  private static func joined(_ tags: [String]) -> String {
    tags.isEmpty ? String(separator) : Set(tags).sorted().joined(separator: String(separator))
  }

  private static func tags(in cell: String, _ separator: Character?) -> [String] {
    cell.split { character in separator.map { $0 == character } ?? (character.isWhitespace || isStray(character)) }
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  /// One that stands between tags elsewhere, in a table where spaces do: `;` says there that a picture has none.
  private static func isStray(_ character: Character) -> Bool { tagSeparators.contains(character) }

  /// For people: what a row says, from the column that has its tags.
  static func words(_ cell: String) -> String {
    let tags = tags(cell) ?? []
    return tags.isEmpty ? "no tag" : listed(tags, most: 10)
  }

  /// What to warn of where a tag is made of others, as in `red green` beside `red, green`; nil where none is.
  static func hintOnSpaces(_ tags: [String], in path: String) -> String? {
    let known = Set(tags)
    let made = tags.first { tag in
      let words = tag.split(whereSeparator: \.isWhitespace).map(String.init)
      return words.count > 1 && words.allSatisfy(known.contains)
    }
    return made.map { "\(path): the tag \($0.quoted) is made of other tags: is there a separator missing?" }
  }

  // MARK: - Columns of 0 and 1

  /// As numbers, or as pandas writes truth.
  private static func isSet(_ field: String) -> Bool? {
    switch field.trimmingCharacters(in: .whitespaces) {
    case "0", "0.0", "False": false
    case "1", "1.0", "True": true
    default: nil
    }
  }

  /// The columns with 0 or 1 in half of the rows or more: what else they have is a mistake, and no reason to leave a tag out.
  /// One that tells the split is none.
  private static func indicators(in table: TextTable) -> [Int] {
    table.columns.indices.filter { column in
      !SplitName.isColumn(table.columns[column])
        && 2 * table.rows.count { isSet($0.fields[column]) != nil } >= max(table.rows.count, 1)
    }
  }

  // MARK: - Tables that nobody said have tags

  /// What to say of a table without a column of classes, where columns of 0 and 1 may be tags; nil where they may not.
  static func hintOnIndicators(_ table: TextTable) -> String? {
    let columns = indicators(in: table)
    guard columns.count > 1 else { return nil }
    return
      "\(grouped(columns.count)) columns have 0 and 1 (\(listed(columns.map { table.columns[$0] }, most: 5))): if each is a "
      + "tag, of which a picture has any number, give --tags; else name the column of the classes with --label-column"
  }

  /// What to warn of where classes seem to be several tags each, as few words come again in many of them; nil where they do
  /// not.
  static func hintOnCells(_ classes: [String], in path: String) -> String? {
    let separator = tagSeparator(in: classes)
    let words = classes.map { tags(in: $0, separator) }
    let (all, distinct) = (words.reduce(0) { $0 + $1.count }, Set(words.joined()))
    guard distinct.count < classes.count, all > classes.count, let longest = words.max(by: { $0.count < $1.count })
    else { return nil }
    return "\(path): \(grouped(classes.count)) classes are made of \(grouped(distinct.count)) words, such as "
      + "\(longest.joined(separator: " ").quoted): if these are tags, of which a picture has any number, give --tags"
  }
}

extension TextTable {
  /// The table with one column, the last one, in place of some.
  fileprivate func replacing(
    _ gone: [Int], by name: String, _ value: (Row) throws -> String
  ) rethrows -> TextTable {
    let kept = columns.indices.filter { !gone.contains($0) }
    return TextTable(
      path: path, columns: kept.map { columns[$0] } + [name],
      rows: try rows.map { row in Row(line: row.line, fields: kept.map { row.fields[$0] } + [try value(row)]) },
      first: first)
  }
}
