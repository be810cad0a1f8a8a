import Console
import Datasets
import FeatureStore
import Foundation
import Support
import SystemPackage

/// The pictures of a folder whose classes are known, by a folder for each class or by a table.
struct LabelledPictures {
  struct Picture {
    let path: String
    /// Indices into the head's classes; one, unless a picture has tags.
    let labels: [Int]
  }

  /// At least one.
  let all: [Picture]
  private let classes: [String]

  /// - Parameters:
  ///   - labels: the table; nil: the folders tell the classes.
  ///   - head: whose classes they are.
  ///   - terminal: told what is left out.
  /// - Throws: `PipelineError` where the folder or the table is of no class of the head, is not what the head needs, or there
  ///   are no pictures; `DatasetError` where there is no such folder; as `TableLabels`.
  init(in folder: String, labels: DatasetOptions?, of head: HeadFile, terminal: Terminal) throws {
    classes = head.labelNames
    if let obstacle = PictureFiles.obstacle(folder) { throw obstacle }
    guard let labels else {
      guard !head.isMultiLabel else {
        throw PipelineError(
          "\(folder): \(head.path) answers any number of tags: evaluate takes the pictures' tags from a table: --labels FILE "
            + "--tags")
      }
      all = try Self.byFolder(folder, classes: head.labelNames)
      return
    }
    guard labels.isMultiLabel == head.isMultiLabel else {
      throw PipelineError(
        head.isMultiLabel
          ? "\(head.path) answers any number of tags: give --tags, too, if \(labels.labels ?? "the table") has them"
          : "--tags: \(head.path) answers one class a picture; leave it out")
    }
    let table = try TableLabels(of: folder, options: labels)
    table.notes.forEach(terminal.note)
    all = try Self.byTable(table, head, terminal)
  }

  /// - Throws: `PipelineError` where a folder is of no class of the head, or there are none.
  private static func byFolder(_ folder: String, classes: [String]) throws -> [Picture] {
    var isFolder: ObjCBool = false
    guard !FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) || isFolder.boolValue else {
      throw PipelineError(
        "\(folder): a file: evaluate takes a folder with a folder for each class; unpack an archive first")
    }
    let folders = try PictureFiles.folders(in: folder)
    guard !folders.isEmpty else {
      throw PipelineError(
        "\(folder): no folders here: evaluate wants a folder for each class, with its pictures, or a table: --labels FILE"
      )
    }
    let strangers = folders.filter { !classes.contains($0) }
    guard strangers.isEmpty else {
      throw PipelineError(
        "\(folder): \(refusal(of: strangers.map { "\($0)/" }, classes)); give the folder of the classes' folders")
    }
    let pictures = try classes.enumerated().filter { folders.contains($0.element) }.flatMap { label, name in
      try PictureFiles.list(in: FilePath(folder).appending(name).string).map { Picture(path: $0, labels: [label]) }
    }
    guard !pictures.isEmpty else { throw PipelineError("\(folder): no pictures in its folders") }
    return pictures
  }

  /// Tags that the head does not know are left out, and pictures that have no others with them.
  private static func byTable(_ table: TableLabels, _ head: HeadFile, _ terminal: Terminal) throws -> [Picture] {
    let labels = Dictionary(uniqueKeysWithValues: zip(head.labelNames, 0...))
    let strangers = Set(table.pictures.flatMap(\.classes)).filter { labels[$0] == nil }.sorted()
    guard strangers.isEmpty || head.isMultiLabel else {
      throw PipelineError("\(table.path): \(refusal(of: strangers, head.labelNames))")
    }
    let pictures = table.pictures.compactMap { picture -> Picture? in
      let known = picture.classes.compactMap { labels[$0] }.sorted()
      return known.isEmpty && !picture.classes.isEmpty ? nil : Picture(path: picture.path, labels: known)
    }
    if !strangers.isEmpty {
      let lost = table.pictures.count - pictures.count
      terminal.warn(
        "\(table.path): the head does not know \(some(strangers)): left out"
          + (lost == 0 ? "" : ", and \(count(lost, "picture")) with no other tag"))
    }
    guard !pictures.isEmpty else {
      throw PipelineError("\(table.path): no picture has a tag that the head knows (\(some(head.labelNames)))")
    }
    return pictures
  }

  /// `118 pictures: blue 46, circle 51, no tag 26; none of green`
  var summary: String {
    let counts = Dictionary(grouping: all.flatMap(\.labels), by: \.self).mapValues(\.count)
    let there = classes.indices.compactMap { label in
      counts[label].map { "\(classes[label].shortened) \(grouped($0))" }
    }
    let missing = classes.indices.filter { counts[$0] == nil }.map { classes[$0] }
    let untagged = all.count { $0.labels.isEmpty }
    let words =
      (there.isEmpty ? [] : [Self.some(there, most: 20)]) + (untagged == 0 ? [] : ["no tag \(grouped(untagged))"])
    return "\(count(all.count, "picture")): \(words.joined(separator: ", "))"
      + (missing.isEmpty ? "" : "; none of \(Self.some(missing))")
  }

  private static func refusal(of strangers: [String], _ classes: [String]) -> String {
    "\(some(strangers, most: 3)) \(strangers.count == 1 ? "is no class" : "are no classes") of the head, which knows "
      + some(classes)
  }

  /// The first of some names, and how many more there are.
  private static func some(_ names: [String], most: Int = 12) -> String {
    names.prefix(most).map(\.shortened).joined(separator: ", ")
      + (names.count > most ? " and \(grouped(names.count - most)) more" : "")
  }
}
