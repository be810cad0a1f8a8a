import Core
import Datasets
import FeatureStore
import Foundation
import Support
import SystemPackage

/// A competition's sample submission, which tells the columns, the order of the rows and how images are called.
struct SampleSubmission {
  private let table: TextTable

  private var path: String { table.path }
  private var header: [String] { table.columns }
  /// The first field of each row: what the competition calls the image.
  private var ids: [String] { table.rows.map { $0.fields[0] } }

  /// - Throws: `PipelineError` where the file can't be read or is no table of ids and at least one column more.
  init(_ path: String) throws {
    do {
      table = try TextTable(contentsOf: path)
    } catch let error as DatasetError {
      throw PipelineError("\(error)")
    }
    guard header.count >= 2 else {
      throw PipelineError("\(path): not a sample submission: expected a header such as id,label and a row an image")
    }
  }

  /// The submission that looks like the sample.
  ///
  /// - Parameters:
  ///   - format: nil: by the columns and values of the sample.
  ///   - names: of the test images.
  ///   - isMultiLabel: whether an image has any number of classes.
  /// - Throws: `PipelineError` where the sample is of other classes or other images.
  func file(
    format: SubmissionFormat?, names: [String], classNames: [String], isMultiLabel: Bool = false
  ) throws -> SubmissionFile {
    SubmissionFile(
      header: header, ids: ids, rows: try testRows(names: names),
      content: try isMultiLabel
        ? tagContent(format: format, classNames: classNames) : content(format: format, classNames: classNames))
  }

  // MARK: - Columns

  private func content(format: SubmissionFormat?, classNames: [String]) throws -> SubmissionFile.Content {
    guard header.count == 2 else {
      guard format != .labels else {
        throw PipelineError("\(path): has \(header.count - 1) columns to fill: --format labels fills one")
      }
      return .probabilities(try columns(classNames))
    }
    let values = Set(table.rows.map { $0.fields[1] })
    let areWhole = values.allSatisfy { Int($0) != nil }
    let areNumbers = values.allSatisfy { Double($0) != nil }
    if format == .probabilities || (format == nil && classNames.count == 2 && areNumbers && !areWhole) {
      guard classNames.count == 2 else {
        throw PipelineError("\(path): has one column to fill, but there are \(classNames.count) classes' probabilities")
      }
      return .probability(1)
    }
    // Where classes have other names than the sample's numbers, their numbers are meant: cat 0, dog 1.
    let areClasses = values.isSubset(of: classNames)
    return .label(areWhole && !areClasses ? classNames.indices.map(String.init) : classNames)
  }

  /// Where an image has any number of classes.
  private func tagContent(format: SubmissionFormat?, classNames: [String]) throws -> SubmissionFile.Content {
    guard header.count == 2 else {
      let labels = try columns(classNames)
      return format == .labels ? .indicators(labels) : .probabilities(labels)
    }
    guard format != .probabilities else {
      throw PipelineError("\(path): has one column to fill, but there are \(classNames.count) classes' probabilities")
    }
    // A column that is called as a tag is one of a column for each.
    if classNames.contains(header[1]) { _ = try columns(classNames) }
    let shown = tagSeparator(in: table.rows.map { $0.fields[1] }).map(String.init)
    return .tags(classNames, separator: shown ?? SubmissionFile.separator(of: classNames))
  }

  /// The class of each column but the first.
  private func columns(_ classNames: [String]) throws -> [Int] {
    let labels = try header.dropFirst().map { column in
      guard let label = classNames.firstIndex(of: column) else {
        throw PipelineError(
          "\(path): the column \(column.printable) is no class of the data (\(classNames.joined(separator: ", ")))")
      }
      return label
    }
    guard let missing = classNames.indices.first(where: { !labels.contains($0) }) else { return labels }
    throw PipelineError("\(path): no column is named after the class \(classNames[missing])")
  }

  // MARK: - Rows

  /// How competitions call an image that lies at a path below the test folder.
  private static let idFormats: [@Sendable (_ index: Int, _ name: String) -> String] = [
    { $1 },
    { FilePath($1).lastComponent?.string ?? $1 },
    { FilePath($1).stem ?? $1 },
    { FilePath($1).removingLastComponent().appending(FilePath($1).stem ?? $1).string },
    { index, _ in String(index + 1) },
  ]

  /// The test image of each row, by the first way of calling images that knows all of the sample's ids.
  private func testRows(names: [String]) throws -> [Int] {
    let ids = ids
    for id in Self.idFormats {
      let known = Dictionary(names.enumerated().map { (id($0, $1), $0) }, uniquingKeysWith: { first, _ in first })
      let found = ids.compactMap { known[$0] }
      if found.count == ids.count { return found }
    }
    let names = Set(names.enumerated().flatMap { index, name in Self.idFormats.map { $0(index, name) } })
    let unknown = ids.firstIndex { !names.contains($0) } ?? 0
    throw PipelineError(
      "\(path): line \(table.rows[unknown].line): no test image is called \(ids[unknown].printable); "
        + "is this the sample of another competition?")
  }
}
