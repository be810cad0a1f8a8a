/// A table for a terminal: the first columns to the left, numbers to the right.
struct TextTable {
  /// The names of the columns; those from ``firstNumber`` on hold numbers.
  let header: [String]
  let firstNumber: Int
  var rows: [[String]] = []

  /// The header and the rows, each column as wide as its widest cell.
  var lines: [String] {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column < firstNumber ? cell + padding : padding + cell
      }
      return cells.joined(separator: "  ")
    }
  }
}
