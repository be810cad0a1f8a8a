/// The pictures of a folder whose classes a table tells, in no splits: what a head is judged by.
package struct TableLabels: Sendable {
  package struct Picture: Sendable {
    package let path: String
    /// Its classes, by their names: one, or, where a picture has tags, any number.
    package let classes: [String]
  }

  /// Those whose classes are known, sorted by the names' UTF-8 bytes.
  package let pictures: [Picture]
  /// Of the table.
  package let path: String
  /// What was assumed and left out: one line each.
  package let notes: [String]

  /// - Parameters:
  ///   - folder: has the pictures, in folders of any depth.
  ///   - options: the table, its column, and whether a picture has any number of classes; nothing else of them is looked at.
  ///     The table may list other pictures, too: those of training.
  /// - Throws: ``DatasetError`` where there is no such table, or it tells of none of the pictures.
  /// - Precondition: the options name a table.
  package init(of folder: String, options: DatasetOptions) throws {
    precondition(options.labels != nil, "no table")
    let listing = try PictureListing(of: folder)
    guard !listing.pictures.isEmpty else { throw DatasetError("no pictures here", about: folder) }
    let index = PictureIndex([(folder, listing.pictures)], bases: [folder])
    let labelling = try Labelling(
      of: folder, index, test: PictureIndex([]), options: options, data: folder, isExact: false)
    let table = labelling.table!
    path = table.path
    let classes = labelling.classes(of: index).map(labelling.names)
    pictures = zip(listing.pictures, classes).compactMap { name, own in
      own.map { Picture(path: "\(folder)/\(name)", classes: $0) }
    }
    guard !pictures.isEmpty else { throw DatasetError("tells of no picture in \(folder)", about: table.path) }
    let unlisted = listing.pictures.count - pictures.count - table.blank.count
    notes =
      labelling.notes(isSingle: false)
      + [
        unlisted == 0 ? nil : "\(table.path): does not list \(Self.pictures(unlisted)) of \(folder): left out",
        table.strayCount == 0 ? nil : "\(table.path): \(Self.rows(table.strayCount)) no picture of \(folder): left out",
      ].compactMap(\.self)
  }

  private static func pictures(_ count: Int) -> String { count == 1 ? "1 picture" : "\(grouped(count)) pictures" }
  private static func rows(_ count: Int) -> String { count == 1 ? "1 row names" : "\(grouped(count)) rows name" }
}
