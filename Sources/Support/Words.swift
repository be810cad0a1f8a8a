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

/// A number with so many significant digits: `0.078`, `1.3`, `120`. What is measured on some hundred images tells no more.
package func significant(_ value: Double, _ digits: Int = 2) -> String {
  fixed(value, significantDecimals(value, digits))
}

/// How many decimals so many significant digits are; none where the number is 0 or not finite.
package func significantDecimals(_ value: Double, _ digits: Int = 2) -> Int {
  guard value != 0, value.isFinite else { return 0 }
  func decimals(_ value: Double) -> Int { min(max(digits - 1 - Int(log10(abs(value)).rounded(.down)), 0), 12) }
  let first = decimals(value)
  // Rounded up to the next power of ten it has a digit more.
  let scale = pow(10, Double(first))
  let rounded = (value * scale).rounded() / scale
  return rounded == 0 ? first : decimals(rounded)
}

/// A number that changed, with as many decimals as tell by how much: `0.3500 before, 0.3479 after`.
package func changed(_ before: Double, _ after: Double, _ first: String = "before", _ second: String = "after")
  -> String
{
  let difference = after - before
  guard abs(difference) >= 1e-6 else { return "\(significant(before)) \(first) and \(second)" }
  let decimals = [before, after, difference].map { significantDecimals($0) }.max()!
  return "\(fixed(before, decimals)) \(first), \(fixed(after, decimals)) \(second)"
}

/// A share as a percentage with one decimal.
package func percent(_ share: some BinaryFloatingPoint) -> String {
  fixed(Double(share) * 100, 1) + " %"
}

/// Seconds as people say them: `4.2 s`, `3 min 12 s`, `2 h 5 min`.
package func duration(_ seconds: Double) -> String {
  // What rounds to 10.0 s is 10 s.
  guard seconds >= 9.95 else { return fixed(seconds, 1) + " s" }
  let whole = Int(seconds.rounded())
  switch whole {
  case ..<60: return "\(whole) s"
  case ..<3600: return "\(whole / 60) min \(whole % 60) s"
  default: return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}

/// The local time, to the minute: `2026-11-27 14:03`.
package func minute(of date: Date) -> String {
  let formatter = DateFormatter()
  formatter.locale = Locale(identifier: "en_US_POSIX")
  formatter.dateFormat = "yyyy-MM-dd HH:mm"
  return formatter.string(from: date)
}

/// Bytes as people say them: `72 KiB`, `1.4 GiB`.
package func size(_ bytes: Int) -> String {
  let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
  var (value, unit) = (Double(bytes), 0)
  while value >= 1000, unit + 1 < units.count { (value, unit) = (value / 1024, unit + 1) }
  return "\(fixed(value, unit == 0 || value >= 10 ? 0 : 1)) \(units[unit])"
}
