import Core
import Foundation
import SystemPackage

extension ImageDataset {
  /// Whether a folder has one for the training pictures.
  static func hasTrainFolder(_ path: String, options: DatasetOptions) throws -> Bool {
    try !PictureFolders(path, options: options).isSingle
  }

  /// Folders of pictures whose classes are told by folders, by file names or by a table.
  ///
  /// Without a folder for validation, a part of the training pictures is held out: of each class, or whole groups. A
  /// single folder is dealt out to all three splits; but where a table has the classes of only some of its pictures, the
  /// others are the test split. The pictures of test/ have the label that their folder, name or table tells, if that is a
  /// class.
  ///
  /// - Throws: ``DatasetError`` where a picture has no class, or a group is in two splits.
  static func openFolders(_ path: String, options: DatasetOptions) throws -> ImageDataset {
    var folders = try PictureFolders(path, options: options)
    let listings = try PictureListings(folders)
    let (pictures, test) = listings.indices(folders, at: path)
    let trainCount = listings.train.pictures.count
    let labelling = try Labelling(of: folders.train, pictures, test: test, options: options, data: path)
    let classes = labelling.classes(of: pictures)
    let labelNames = try labelling.labelNames(classes.prefix(trainCount), folder: folders.train)
    try checkClasses(labelNames, labelling, folder: folders.train)

    let groups = try PictureGroups(options, pictures, test: test, data: path)
    let examples = labelled(
      pictures.names, classes: classes, labelNames: labelNames, groups: groups?.values, by: labelling)
    // Pictures that a table lists without a class are no training images; those of a single folder are for the test. Nor can
    // tags be measured that are all unknown to training.
    let strangers =
      labelling.isMultiLabel ? examples.indices.filter { classes[$0] != nil && !examples[$0].isLabelled } : []
    let leftOut = folders.isSingle ? [] : labelling.blank.union(strangers)
    let rows = examples.indices.filter { !leftOut.contains($0) }
    let train = rows.filter { $0 < trainCount }.map { examples[$0] }
    var parts = [Split.train: Part(folders.train, train, options)]
    if let valid = folders.valid {
      parts[.valid] = Part(valid, rows.filter { $0 >= trainCount }.map { examples[$0] }, options)
    } else {
      parts = try parts[.train]!.split(
        options, isSingle: folders.isSingle, mayLackLabels: labelling.kind == .labels, hasGroups: groups != nil)
    }
    let problem = labelling.whatIsMissing(labelNames)
    try parts[.train]?.requireLabels(in: folders.train, problem)
    try parts[.valid]?.requireLabels(in: folders.valid ?? folders.train, problem)

    let testClasses = labelling.classes(ofTest: test)
    let unknown =
      labelling.isMultiLabel
      ? unknownTags(
        valid: classes.dropFirst(trainCount), test: testClasses, labelNames: labelNames, by: labelling)
      : unknownClasses(testClasses, labelNames: labelNames)
    if folders.test != nil {
      try checkIDs(test.names, in: folders.test!)
      folders.unwrapTest(test.names, labelNames: labelNames)
      let examples = labelled(
        test.names, classes: testClasses, labelNames: labelNames, groups: groups?.testValues, by: labelling)
      parts[.test] = Part(folders.test!, examples.map { $0.renamed(below: folders.unwrapped) }, options)
    }
    let warnings =
      try PictureGroups.leakWarnings(parts, groups: groups, data: path)
      + labelling.warnings(labelNames, pictures, folder: folders.train) + (folders.unwrapped == nil ? unknown : [])
    let tables = [labelling.table?.path, groups?.path].compactMap(\.self)
    var dataset = ImageDataset(
      kind: labelling.kind, path: path, layout: folders.layout(of: labelling, at: path), labelNames: labelNames,
      parts: parts, heldOut: folders.heldOut(parts),
      notes: folders.notes(besides: tables) + listings.notes(besides: tables)
        + labelling.notes(isSingle: folders.isSingle),
      warnings: warnings)
    dataset.isMultiLabel = labelling.isMultiLabel
    return dataset
  }

  /// - Throws: ``DatasetError`` for test pictures that a submission can't tell apart.
  private static func checkIDs(_ names: [String], in folder: String) throws {
    var seen: [String: String] = [:]
    for name in names {
      if let other = seen.updateValue(name, forKey: name) {
        throw DatasetError(
          "\(folder): \(ClassNames.scalars(other)) and \(ClassNames.scalars(name)) differ only in how their letters are coded "
            + "(Unicode's NFC and NFD), and a submission can't tell them apart: rename or remove one")
      }
    }
  }

  /// - Throws: ``DatasetError`` for a single class, with what is likely to be the cause.
  private static func checkClasses(_ labelNames: [String], _ labelling: Labelling, folder: String) throws {
    if labelNames.isEmpty, let table = labelling.table, labelling.isMultiLabel {
      throw DatasetError("\(table.path): no picture in \(folder) has a tag")
    }
    if labelNames.isEmpty, let table = labelling.table {
      throw DatasetError(
        "\(table.path): no picture in \(folder) has a class in the column \(table.valueColumn): all of them are empty; "
          + "name the column of the classes with --label-column")
    }
    guard labelNames.count == 1, labelling.kind == .folders else { return }
    let only = "\(folder)/\(labelNames[0])"
    let inner = try FolderContent(only).folders
    let cause =
      inner.count > 1 ? "; is this one level too high? \(only) holds \(listed(inner))" : ""
    let remedy = cause.isEmpty ? "; put the pictures of another class into a folder beside it" : cause
    throw DatasetError("\(folder): one class only, \(labelNames[0]): a head needs two to tell apart\(remedy)")
  }

  /// What to warn of where test pictures have classes that the training pictures do not have.
  private static func unknownClasses(_ classes: [String?], labelNames: [String]) -> [String] {
    let known = Set(labelNames)
    let unknown = classes.compactMap(\.self).filter { !known.contains($0) }
    guard !unknown.isEmpty else { return [] }
    let names = Set(unknown).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let images = unknown.count == 1 ? "1 test image has" : "\(grouped(unknown.count)) test images have"
    return ["no training images of \(listed(names)): \(images) no label"]
  }

  /// What to warn of where pictures of validation and test have tags that the training pictures do not have.
  private static func unknownTags(
    valid: ArraySlice<String?>, test: [String?], labelNames: [String], by labelling: Labelling
  ) -> [String] {
    let known = Set(labelNames)
    func unknown(_ values: some Sequence<String?>) -> (names: [String], some: Int, all: Int) {
      let tags = values.map { labelling.names($0) ?? [] }.filter { !known.isSuperset(of: $0) }
      let all = tags.count { known.isDisjoint(with: $0) }
      return (tags.joined().filter { !known.contains($0) }, tags.count - all, all)
    }
    let (valid, test) = (unknown(valid), unknown(test))
    let names = Set(valid.names + test.names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard !names.isEmpty else { return [] }
    func images(_ count: Int, _ which: String) -> String {
      "\(grouped(count)) \(which) image\(count == 1 ? "" : "s")"
    }
    let some = valid.some + test.some
    let facts = [
      some == 0 ? nil : "left out of the tags of \(images(some, "other"))",
      valid.all == 0 ? nil : "\(images(valid.all, "validation")) with no other tag left out",
      test.all == 0 ? nil : "\(images(test.all, "test")) with no other tag taken as unlabelled",
    ]
    return ["no training images of \(listed(names)): \(facts.compactMap(\.self).joined(separator: ", "))"]
  }

  /// - Parameters:
  ///   - classes: what is told of each picture, if anything is; a class that is not among `labelNames` is not known, nor
  ///     is a picture's that has no others.
  ///   - groups: of each picture, if there are any.
  private static func labelled(
    _ pictures: [String], classes: [String?], labelNames: [String], groups: [String?]? = nil, by labelling: Labelling
  ) -> [Example] {
    let labels = Dictionary(uniqueKeysWithValues: zip(labelNames, Int32(0)...))
    return pictures.indices.map { row in
      let names = labelling.names(classes[row])
      let found = names?.compactMap { labels[$0] }
      let known = found?.isEmpty == true && names?.isEmpty == false ? nil : found
      return Example(
        name: pictures[row],
        label: labelling.isMultiLabel ? Example.unknownLabel : known?.first ?? Example.unknownLabel,
        tags: labelling.isMultiLabel ? known?.sorted() : nil, group: groups?[row])
    }
  }
}

extension Example {
  /// The example with the name that it has below a folder of its own folder.
  fileprivate func renamed(below folder: String?) -> Example {
    guard let folder, name.hasPrefix("\(folder)/") else { return self }
    return named(String(name.dropFirst(folder.count + 1)), group: group)
  }
}

/// The pictures of a data set's folders.
private struct PictureListings {
  let train: PictureListing
  let valid: PictureListing?
  let test: PictureListing?
  private let folders: [(path: String, listing: PictureListing)]

  init(_ folders: PictureFolders) throws {
    train = try PictureListing(of: folders.train)
    valid = try folders.valid.map { try PictureListing(of: $0) }
    test = try folders.test.map { try PictureListing(of: $0) }
    self.folders =
      [(folders.train, train)]
      + zip([folders.valid, folders.test], [valid, test]).compactMap { path, listing in
        path.flatMap { path in listing.map { (path, $0) } }
      }
  }

  /// The pictures for training and validation, and those for the test, to be found by what a table calls them.
  func indices(_ folders: PictureFolders, at path: String) -> (pictures: PictureIndex, test: PictureIndex) {
    func index(_ folders: [(path: String?, listing: PictureListing?)], root: String) -> PictureIndex {
      let there = folders.compactMap { path, listing in
        path.flatMap { path in listing.map { (path, $0.pictures) } }
      }
      return PictureIndex(there, bases: [path, root])
    }
    return (
      index([(folders.train, train), (folders.valid, valid)], root: folders.root),
      index([(folders.test, test)], root: folders.root)
    )
  }

  /// What is read under an odd name, and what is not.
  ///
  /// - Parameter tables: the paths of files that are no pictures, and not ignored.
  func notes(besides tables: [String]) -> [String] {
    let kinds = [
      (\PictureListing.disguised, "pictures by their content"), (\.others, "ignored, for they are no pictures"),
      (\.leftovers, "ignored, for other programs left them"),
    ]
    return kinds.compactMap { files, what in
      let paths = folders.flatMap { folder in folder.listing[keyPath: files].map { "\(folder.path)/\($0)" } }
        .filter { path in !tables.contains { isSameFile($0, path) } }
      return paths.isEmpty ? nil : "\(what): \(listed(paths, arePaths: true))"
    }
  }
}

extension ImageDataset.Part {
  /// The pictures of a folder.
  fileprivate init(_ folder: String, _ examples: [Example], _ options: DatasetOptions) {
    self.init(
      examples: examples,
      pictures: ImageFiles(folder: folder, names: examples.map(\.name), limits: options.limits))
  }

  /// - Throws: ``DatasetError`` naming the first picture that has no label, and the problem.
  fileprivate func requireLabels(in folder: String, _ problem: String) throws {
    guard let stray = examples.first(where: { !$0.isLabelled }) else { return }
    throw DatasetError("\(folder)/\(stray.name): \(problem)")
  }

  /// Deals the rows out to training and validation, and to test where this is the only folder.
  ///
  /// - Parameter mayLackLabels: whether rows of the only folder that have no label are the test split.
  fileprivate func split(
    _ options: DatasetOptions, isSingle: Bool, mayLackLabels: Bool, hasGroups: Bool
  ) throws -> [Split: ImageDataset.Part] {
    let unlabelled = examples.indices.filter { !examples[$0].isLabelled }
    if unlabelled.isEmpty { return try options.split(self, hasGroups: hasGroups, withTest: isSingle) }
    guard isSingle && mayLackLabels else { return [.train: self] }
    let labelled = examples.indices.filter { examples[$0].isLabelled }
    var parts = try options.split(selecting(labelled), hasGroups: hasGroups, withTest: false)
    parts[.test] = selecting(unlabelled)
    return parts
  }
}
