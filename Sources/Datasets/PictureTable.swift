import Foundation
import SystemPackage

/// A table that says something of pictures, one a row: the class, or the group that they belong to.
struct PictureTable {
  let path: String
  /// The name of the column that says it.
  let valueColumn: String
  /// The name of the column that names the pictures.
  let nameColumn: String
  /// The names of columns that tell splits, and are not read.
  let splitColumns: [String]
  /// How many of its rows name none of the pictures.
  private(set) var strayCount = 0
  /// A value as people read it.
  private let words: (String) -> String
  /// What is said of each picture; nil of those that the table does not list, or of which it says nothing.
  private(set) var values: [String?]
  /// The same of the test pictures.
  private(set) var testValues: [String?]
  /// The pictures of which it has a row without a value: an empty one, or NaN.
  private(set) var blank: Set<Int> = []

  /// - Parameters:
  ///   - value: the column with the values.
  ///   - pictures: the column that names these is the one that is looked for.
  ///   - test: of pictures that may be listed, too.
  ///   - isExact: whether a row of a picture that is not there is an error.
  ///   - words: of a value, for people.
  /// - Throws: ``DatasetError`` where there is no column that names pictures; naming the line that fits no picture, fits
  ///   several, or contradicts an earlier one.
  init(
    _ table: TextTable, value: Int, pictures: PictureIndex, test: PictureIndex = PictureIndex([]), isExact: Bool,
    words: @escaping (String) -> String = \.quoted
  ) throws {
    self.words = words
    path = table.path
    valueColumn = table.columns[value]
    splitColumns = table.columns.indices.filter { $0 != value }.map { table.columns[$0] }.filter(SplitName.isColumn)
    values = Array(repeating: nil, count: pictures.names.count)
    testValues = Array(repeating: nil, count: test.names.count)
    let folder = FilePath(table.path).folder
    let name = try Self.nameColumn(of: table, besides: value, example: pictures.names.first ?? "") { field in
      pictures.find(field, table: folder) != .missing || test.find(field, table: folder) != .missing
    }
    nameColumn = table.columns[name]
    for row in table.rows {
      let match = pictures.find(row.fields[name], table: folder)
      let testMatch = match == .missing ? test.find(row.fields[name], table: folder) : .missing
      if match == .missing, testMatch == .missing {
        guard !isExact else {
          throw DatasetError("\(path): line \(row.line): there is no picture \(row.fields[name].quoted)")
        }
        strayCount += 1
      }
      try add(row.fields[value], of: row.fields[name], line: row.line, match, inTest: testMatch)
    }
  }

  private mutating func add(
    _ value: String, of name: String, line: Int, _ match: PictureIndex.Match, inTest testMatch: PictureIndex.Match
  ) throws {
    let isBlank = Self.isBlank(value)
    func check(_ earlier: String?) throws {
      guard !isBlank, let earlier, earlier != value else { return }
      throw DatasetError(
        "\(path): line \(line): \(name.quoted) is \(words(value)) here, but \(words(earlier)) in a line above")
    }
    switch match {
    case .picture(let picture):
      try check(values[picture])
      if !isBlank { values[picture] = value }
      if values[picture] == nil { blank.insert(picture) } else { blank.remove(picture) }
    case .several:
      throw DatasetError("\(path): line \(line): several pictures are called \(name.quoted): give their folders")
    case .missing:
      guard case .picture(let picture) = testMatch else { return }
      try check(testValues[picture])
      if !isBlank { testValues[picture] = value }
    }
  }

  /// A class that is written in two ways, which are equal letter by letter and differ in how Unicode codes these; nil where
  /// none is.
  ///
  /// - Parameter classes: of a value.
  func classOfTwoForms(_ classes: (String) -> [String]) -> String? {
    var forms: [String: String] = [:]
    for value in (values + testValues).compactMap(\.self).flatMap(classes) {
      guard let form = forms[value] else {
        forms[value] = value
        continue
      }
      if !form.utf8.elementsEqual(value.utf8) { return value }
    }
    return nil
  }

  /// Whether a value is none: empty, or what pandas writes for a missing one.
  static func isBlank(_ value: String) -> Bool {
    ["", "nan"].contains(value.trimmingCharacters(in: .whitespaces).lowercased())
  }

  /// The column whose fields name the most of the pictures, in the first hundred rows, or, where none of these does, in all.
  private static func nameColumn(
    of table: TextTable, besides value: Int, example: String, isPicture: (_ field: String) -> Bool
  ) throws -> Int {
    let others = table.columns.indices.filter { $0 != value }
    let sample = table.rows.prefix(100)
    for rows in [sample, table.rows.dropFirst(sample.count)] {
      let hits = others.map { column in rows.count { isPicture($0.fields[column]) } }
      if let most = hits.max(), most > 0 { return others[hits.firstIndex(of: most)!] }
    }
    let row = listed(others.map { sample[0].fields[$0].quoted }, most: 10)
    throw DatasetError(
      "\(table.path): line \(sample[0].line): no column names a picture: found \(row), expected names such as "
        + "\(example.quoted)")
  }
}
