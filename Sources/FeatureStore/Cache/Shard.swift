/// One of the equal shares that an extraction is divided into, each for a machine of its own.
public struct Shard: Sendable, Equatable {
  /// More than any cluster has machines, and few enough for numbers that are computed from it.
  public static let maximumCount = 1 << 20

  /// From 1 to ``count``.
  public let number: Int
  public let count: Int

  /// - Precondition: `1 <= number <= count`.
  public init(number: Int, count: Int) {
    precondition(number >= 1 && number <= count)
    self.number = number
    self.count = count
  }

  /// The shard's rows of a split: a range of the manifest. It depends on nothing but the plan, so that every machine at any
  /// time divides the rows in the same way.
  package func rows(of plan: SplitPlan) -> Range<Int> {
    Self.start(of: number, count: count, in: plan)..<Self.start(of: number + 1, count: count, in: plan)
  }

  /// Ranges begin where chunks of the cache do, for then the join copies chunks as they are; unless chunks are so few that
  /// the shards would not be balanced.
  private static func start(of number: Int, count: Int, in plan: SplitPlan) -> Int {
    let unit = plan.rowCount >= 8 * count * plan.rowsPerChunk ? plan.rowsPerChunk : 1
    let units = (plan.rowCount + unit - 1) / unit
    return min(units * (number - 1) / count * unit, plan.rowCount)
  }

  /// The numbers of the shards that have these rows of a split.
  package static func numbers(having rows: [Int], of plan: SplitPlan, count: Int) -> Set<Int> {
    let ends = (1...count).map { Shard(number: $0, count: count).rows(of: plan).upperBound }
    return Set(rows.map { row in ends.firstIndex { row < $0 }! + 1 })
  }
}

/// As `--shard` takes it: `3/16`.
extension Shard: LosslessStringConvertible {
  public init?(_ description: String) {
    let numbers = description.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1], number >= 1, number <= count,
      count <= Self.maximumCount
    else { return nil }
    self.init(number: number, count: count)
  }

  public var description: String { "\(number)/\(count)" }
}
