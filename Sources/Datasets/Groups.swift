import SystemPackage

/// Which pictures belong together, as those of one driver do. A head that is trained on some and validated on the others
/// is measured by how well it knows the driver.
struct PictureGroups {
  private let table: PictureTable

  /// The table that the options name; nil where they name none.
  ///
  /// - Parameter test: pictures that it may name, too.
  /// - Throws: ``DatasetError`` where it has no such column, or names none of the pictures.
  init?(_ options: DatasetOptions, _ pictures: PictureIndex, test: PictureIndex, data: String) throws {
    guard let path = options.groups else { return nil }
    let text = try readTextTable(path, besides: data, of: [pictures, test])
    let column = try text.column(
      options.groupColumn, orOneOf: Self.columnNames, what: "groups", option: "--group-column")
    table = try PictureTable(text, value: column, pictures: pictures, test: test, isExact: false)
  }

  /// A table in the data's folder, or beside it, that tells groups of these pictures; nil where there is none.
  private init?(besides data: String, _ pictures: PictureIndex) {
    for folder in [data, FilePath(data).folder] {
      for entry in (try? folderEntries(folder)) ?? []
      where entry.type == .regular && entry.name.lowercased().hasSuffix(".csv") {
        let path = "\(folder)/\(entry.name)"
        // Only the header of most: a table of pixels may lie here, too.
        if let header = TextTable.header(ofFile: path), Self.columnNames.contains(where: header.contains),
          let text = try? readTextTable(path, besides: data, of: [pictures]),
          let column = Self.columnNames.lazy.compactMap(text.column(named:)).first,
          let table = try? PictureTable(text, value: column, pictures: pictures, isExact: false)
        {
          self.table = table
          return
        }
      }
    }
    return nil
  }

  /// What such columns are called in published data sets.
  private static let columnNames = ["subject", "subject_id", "driver", "patient", "patient_id", "group", "group_id"]

  /// Of the table.
  var path: String { table.path }

  /// The group of each picture; nil of those that the table does not list.
  var values: [String?] { table.values }
  /// The same of the test pictures.
  var testValues: [String?] { table.testValues }

  /// Looks for groups that are in both train and valid: by the table that the options name, which is an error, or else by
  /// one that lies beside the data; and by the former for those that are in the test split, too.
  ///
  /// - Returns: what to warn of.
  /// - Throws: ``DatasetError``.
  static func leakWarnings(
    _ parts: [Split: ImageDataset.Part], groups: PictureGroups?, data: String
  ) throws -> [String] {
    let train = parts[.train]?.examples ?? []
    let valid = parts[.valid]?.examples ?? []
    if let groups {
      if let leak = groups.leak(train.map(\.group), valid.map(\.group)) {
        throw DatasetError("\(leak): expected whole groups in one of them")
      }
      let test = parts[.test]?.examples ?? []
      let leak = groups.leak((train + valid).map(\.group), test.map(\.group), "train or valid, and in test")
      return leak.map { ["\($0): test accuracy will look better than it is"] } ?? []
    }
    let pictures = PictureIndex([(data, train.map(\.name)), (data, valid.map(\.name))])
    guard let found = PictureGroups(besides: data, pictures),
      let leak = found.leak(found.values.prefix(train.count), found.values.dropFirst(train.count))
    else { return [] }
    let remedy = "--groups \(name(of: found.table.path)) --group-column \(found.table.valueColumn)"
    return ["\(leak): validation will look better than it is; hold whole groups out with \(remedy)"]
  }

  private func leak(
    _ some: some Sequence<String?>, _ others: some Sequence<String?>, _ splits: String = "both train and valid"
  ) -> String? {
    let shared = Set(some.compactMap(\.self)).intersection(others.compactMap(\.self))
    guard let first = shared.min() else { return nil }
    let more = shared.count == 1 ? "is" : "and \(shared.count - 1) more are"
    return "\(table.path): \(table.valueColumn) \(first) \(more) in \(splits)"
  }
}
