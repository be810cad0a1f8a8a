import Foundation

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
package func count(_ number: Int, _ noun: String, plural: String? = nil) -> String {
  "\(grouped(number)) \(number == 1 ? noun : plural ?? noun + "s")"
}

/// A number with a fixed count of decimals, as `%.2f` gives it.
package func fixed(_ value: some BinaryFloatingPoint, _ decimals: Int) -> String {
  String(format: "%.\(decimals)f", Double(value))
}

/// A share as a percentage with one decimal.
package func percent(_ share: some BinaryFloatingPoint) -> String {
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

/// Bytes as people say them: `72 KiB`, `1.4 GiB`.
package func size(_ bytes: Int) -> String {
  let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
  var (value, unit) = (Double(bytes), 0)
  while value >= 1000, unit + 1 < units.count { (value, unit) = (value / 1024, unit + 1) }
  return "\(fixed(value, unit == 0 || value >= 10 ? 0 : 1)) \(units[unit])"
}
