/// A counter-based random number generator: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As
/// Easy as 1, 2, 3", SC 2011).
///
/// A block of four words is a pure function of the seed, the stream and the block's number. Threads can therefore draw
/// any part of a sequence in any order, and a seed gives the same numbers on every machine and with every toolchain.
///
/// ```swift
/// var random = Philox(seed: 42, stream: 1)
/// random.shuffle(&rows)
/// ```
public struct Philox: RandomNumberGenerator, Sendable {
  /// The key.
  public let seed: UInt64
  /// Sequences of the same seed and different streams are independent.
  public let stream: UInt64

  private var nextBlock: UInt64 = 0
  private var words = SIMD4<UInt32>()
  private var unusedWords = 0

  public init(seed: UInt64, stream: UInt64 = 0) {
    self.seed = seed
    self.stream = stream
  }

  /// The four words of a block, wherever in the sequence ``next()`` has got to.
  public func block(_ number: UInt64) -> SIMD4<UInt32> {
    Self.block(
      counter: SIMD4(number.lowWord, number.highWord, stream.lowWord, stream.highWord),
      key: SIMD2(seed.lowWord, seed.highWord))
  }

  /// The bijection itself: ten rounds over a 128-bit counter under a 64-bit key (the paper's section 4.3).
  public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var counter = counter
    var key = key
    for _ in 0..<10 {
      let product0 = UInt64(counter[0]) &* 0xD251_1F53
      let product1 = UInt64(counter[2]) &* 0xCD9E_8D57
      counter = SIMD4(
        product1.highWord ^ counter[1] ^ key[0], product1.lowWord,
        product0.highWord ^ counter[3] ^ key[1], product0.lowWord)
      key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return counter
  }

  /// The next 32 bits.
  public mutating func nextWord() -> UInt32 {
    if unusedWords == 0 {
      words = block(nextBlock)
      nextBlock &+= 1
      unusedWords = 4
    }
    unusedWords -= 1
    return words[3 - unusedWords]
  }

  /// The next 64 bits: the first word drawn is the low half.
  public mutating func next() -> UInt64 {
    let low = UInt64(nextWord())
    return UInt64(nextWord()) << 32 | low
  }

  /// A float in [0, 1): a multiple of 2⁻²⁴.
  public mutating func uniform() -> Float {
    Float(nextWord() >> 8) * 0x1p-24
  }

  /// A float from `low` to `high`.
  public mutating func uniform(from low: Float, to high: Float) -> Float {
    low + (high - low) * uniform()
  }

  /// An integer in `0 ..< bound`, each equally likely (Lemire, "Fast Random Integer Generation in an Interval", 2019).
  ///
  /// - Precondition: `bound > 0`.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "an integer below \(bound)")
    let range = UInt64(bound)
    let smallestUnbiased = (0 &- range) % range
    while true {
      let product = next().multipliedFullWidth(by: range)
      if product.low >= smallestUnbiased { return Int(product.high) }
    }
  }

  /// Fisher and Yates' shuffle. Unlike the standard library's it is specified: its results stay what they are.
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, integer(below: last + 1))
    }
  }

  /// A shuffled copy; see ``shuffle(_:)``.
  public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var copy = elements
    shuffle(&copy)
    return copy
  }
}

extension UInt64 {
  fileprivate var lowWord: UInt32 { UInt32(truncatingIfNeeded: self) }
  fileprivate var highWord: UInt32 { UInt32(truncatingIfNeeded: self >> 32) }
}
