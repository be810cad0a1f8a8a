/// What a reader throws; ``WeightFile`` knows the file's name and makes it a ``WeightsError``.
struct Unreadable: Error {
  let reason: String

  init(_ reason: String) {
    self.reason = reason
  }
}
