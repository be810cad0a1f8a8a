/// Rows of as many cells each as lines for a terminal, the columns two spaces apart.
///
/// - Parameter firstNumber: the first of the columns that hold numbers, which stand to the right; nil: all hold text.
package func aligned(_ rows: [[String]], firstNumber: Int? = nil) -> [String] {
  let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
  return rows.map { row in
    let cells = row.enumerated().map { column, cell in
      let padding = String(repeating: " ", count: widths[column] - cell.count)
      return column < firstNumber ?? row.count ? cell + padding : padding + cell
    }
    let line = cells.joined(separator: "  ")
    return String(line.prefix(upTo: line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex))
  }
}
