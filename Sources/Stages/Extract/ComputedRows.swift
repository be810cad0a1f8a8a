/// How many rows were computed, and in what time.
struct ComputedRows {
  var count = 0
  var seconds = 0.0

  static func += (sum: inout ComputedRows, more: ComputedRows) {
    sum.count += more.count
    sum.seconds += more.seconds
  }

  var secondsPerRow: Double? { count == 0 ? nil : seconds / Double(count) }
}
