import Core
import Datasets
import HDF5
import Support

// `/labels`: of each row the class, an index into `/label_names`; where a row has any number of classes, N×K, 1 where it has
// the class. -1 where nothing is known.

extension HDF5File {
  /// - Parameters:
  ///   - examples: one a row.
  ///   - classes: K.
  ///   - isMultiLabel: whether a row has any number of classes.
  func writeLabels(_ name: String, of examples: [Example], classes: Int, isMultiLabel: Bool) throws {
    guard isMultiLabel else { return try writeChecked(name, examples.map(\.label)) }
    let values = examples.flatMap { example in
      var row = [Int32](repeating: example.tags == nil ? Example.unknownLabel : 0, count: classes)
      for label in example.tags ?? [] { row[Int(label)] = 1 }
      return row
    }
    try writeChecked(name, values, row: [classes])
  }

  /// The classes of each row, ascending; nil where they are not known.
  ///
  /// - Throws: ``PipelineError`` where it is not such a data set of so many rows.
  func readLabels(_ name: String, rows: Int, classes: Int, isMultiLabel: Bool) throws -> [[Int32]?] {
    let values = try readChecked(name, as: Int32.self)
    let misfit = PipelineError(
      "/\(name) does not fit /\(CacheSchema.Name.features) and /\(CacheSchema.Name.labelNames); \(DamagedRows.remedy)",
      about: filePath)
    guard isMultiLabel else {
      guard values.count == rows, values.allSatisfy({ $0 >= -1 && $0 < classes }) else { throw misfit }
      return values.map { $0 == Example.unknownLabel ? nil : [$0] }
    }
    guard classes > 0, try dataset(name).shape == [rows, classes] else { throw misfit }
    return try (0..<rows).map { row in
      let own = values[row * classes..<(row + 1) * classes]
      if own.allSatisfy({ $0 == Example.unknownLabel }) { return nil }
      guard own.allSatisfy({ $0 == 0 || $0 == 1 }) else { throw misfit }
      return own.indices.filter { own[$0] == 1 }.map { Int32($0 - own.startIndex) }
    }
  }
}
