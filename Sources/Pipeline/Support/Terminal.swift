import Core
import Foundation

/// What the stages tell the user, line by line: results and what is going on on standard output, warnings on standard
/// error.
///
/// Lines may quote the names of files and classes. Whatever is in those, a line is one line, and the terminal is not
/// made to do anything by it.
public struct Terminal: Sendable {
  /// No progress and no explanations; results and errors remain.
  public let quiet: Bool

  private let output: @Sendable (_ line: String) -> Void

  public init(quiet: Bool = false) {
    self.init(quiet: quiet) { StandardStream.output.write($0 + "\n") }
  }

  /// A terminal whose standard output goes elsewhere.
  package init(quiet: Bool, output: @escaping @Sendable (_ line: String) -> Void) {
    self.quiet = quiet
    self.output = output
  }

  /// A result: printed always.
  func print(_ line: String) {
    output(line.onOneLine)
  }

  /// What is going on: printed unless quiet.
  func note(_ line: String) {
    if !quiet { print(line) }
  }

  /// Something the user should know, though the stage goes on.
  func warn(_ line: String) {
    StandardStream.error.write("warning: \(line.onOneLine)\n")
  }
}

/// `12345` as `12,345`.
package func grouped(_ number: Int) -> String {
  let digits = String(number.magnitude)
  let groups = stride(from: digits.count, to: 0, by: -3).map { end in
    String(digits.dropFirst(max(0, end - 3)).prefix(end - max(0, end - 3)))
  }
  return (number < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
}

/// `1 image`, `12,345 images`.
///
/// - Parameter plural: where it is not the noun with an s.
func count(_ number: Int, _ noun: String, plural: String? = nil) -> String {
  "\(grouped(number)) \(number == 1 ? noun : plural ?? noun + "s")"
}

/// A number with a fixed count of decimals, as `%.2f` gives it.
func fixed(_ value: some BinaryFloatingPoint, _ decimals: Int) -> String {
  String(format: "%.\(decimals)f", Double(value))
}

/// A share as a percentage with one decimal.
func percent(_ share: some BinaryFloatingPoint) -> String {
  fixed(Double(share) * 100, 1) + " %"
}

/// Seconds as people say them: `4.2 s`, `3 min 12 s`, `2 h 5 min`.
package func duration(_ seconds: Double) -> String {
  let whole = Int(seconds.rounded())
  switch seconds {
  case ..<10: return fixed(seconds, 1) + " s"
  case ..<60: return "\(whole) s"
  case ..<3600: return "\(whole / 60) min \(whole % 60) s"
  default: return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}
