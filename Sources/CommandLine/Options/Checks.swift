import ArgumentParser
import Core
import Support

/// The text of an option that is a path; for `transform:`.
///
/// - Throws: `ValidationError` for one that no file can have.
func path(_ text: String) throws -> String {
  guard !text.isEmpty else {
    throw ValidationError("a path that is empty: give the name of a file or folder, or . for this one.")
  }
  return text
}

/// Checks a number that the user gave.
///
/// - Parameters:
///   - option: as the user writes it.
///   - value: nil where it is not given.
///   - range: what makes sense.
///   - reason: why not less or more.
/// - Throws: `ValidationError`.
func check(_ option: String, _ value: Int?, in range: ClosedRange<Int>, _ reason: String) throws {
  guard let value, !range.contains(value) else { return }
  throw ValidationError("\(option) is \(grouped(range.lowerBound)) to \(grouped(range.upperBound)): \(reason).")
}
