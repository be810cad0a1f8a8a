import HDF5
import Storage

/// A chunk of a data set that is not as it was written.
package struct DamagedRows: FileError {
  package let path: String
  /// Such as `/features`.
  package let dataset: String
  package let rows: Range<Int>
  package let reason: String

  /// The damage without the file and what to do.
  package var summary: String {
    "\(dataset): rows \(rows.lowerBound) to \(rows.upperBound - 1) are damaged (\(reason))"
  }

  package var subject: String? { path }
  package var statement: String { "\(summary); \(Self.remedy)" }

  package static let remedy = "run ./pipeline.sh extract --repair, which computes only what is damaged again"

  /// Runs `body`, which reads the rows; what HDF5 reports is thrown as damage to them.
  static func locating<Result>(_ rows: Range<Int>, of dataset: HDF5Dataset, _ body: () throws -> Result) throws
    -> Result
  {
    do {
      return try body()
    } catch let error as HDF5Error {
      let reason = error.stack.first ?? error.problem
      throw DamagedRows(path: dataset.filePath, dataset: dataset.path, rows: rows, reason: reason)
    }
  }
}
