/// Random words for a dropout mask, 32 at a time.
public struct DropoutDrawsCall {
  /// The first group of 32 words to draw.
  public let firstGroup: Int
  /// How many groups.
  public let groups: Int
  /// Of the batch.
  public let row: UInt32
  public let seed: UInt64
  public let stream: UInt64
  /// `32 * groups` words; overwritten.
  public let words: UnsafeMutablePointer<UInt32>

  @inlinable
  public init(
    firstGroup: Int, groups: Int, row: UInt32, seed: UInt64, stream: UInt64, words: UnsafeMutablePointer<UInt32>
  ) {
    self.firstGroup = firstGroup
    self.groups = groups
    self.row = row
    self.seed = seed
    self.stream = stream
    self.words = words
  }
}
