// The inner loop of the matrix products: a few rows of inputs times a panel of output channels, summed in registers.
//
// A block of accumulators is put together from rows, so that one loop serves every number of rows; after
// specialisation each is a plain sequence of fused multiply-adds on registers.

import KernelInterface

/// A value for each of a panel of neighbouring output channels: weights, biases or sums.
struct Panel {
  var low: Vector
  #if AVX512
    var high: Vector
  #endif

  /// Output channels in a panel.
  #if AVX512
    static let width = 32
  #else
    static let width = 16
  #endif
}

extension Panel {
  @inline(__always)
  init(at weights: UnsafePointer<Float>) {
    low = read(weights)
    #if AVX512
      high = read(weights + 16)
    #endif
  }

  @inline(__always)
  static var zero: Panel {
    #if AVX512
      Panel(low: Vector(), high: Vector())
    #else
      Panel(low: Vector())
    #endif
  }
}

/// The running sums of some rows × ``Panel/width`` outputs.
protocol Accumulators {
  static var rows: Int { get }

  /// Starts every row's sums from the same values.
  init(_ start: Panel)

  /// Adds `inputs[row * stride] * weights` to every row.
  mutating func add(_ inputs: UnsafePointer<Float>, stride: Int, times weights: Panel)

  /// Adds what ``store(_:stride:blockStride:)`` wrote.
  mutating func add(_ sums: UnsafePointer<Float>, stride: Int, blockStride: Int)

  mutating func rectify()

  /// Writes row `r`'s sums, in blocks of 16 channels, to `output + r * stride` and, `blockStride` further, the next.
  func store(_ output: UnsafeMutablePointer<Float>, stride: Int, blockStride: Int)
}

extension Accumulators {
  /// Adds the products of sixteen channels: those of a row lie side by side, the rows `16` floats apart, the weights panel
  /// after panel.
  ///
  /// Four at a time, which the compiler goes on to make straight code of: a loop over single channels takes a third more
  /// time on a Zen 3.
  @inline(__always)
  mutating func addSixteenChannels(_ inputs: UnsafePointer<Float>, weights: UnsafePointer<Float>) {
    for channel in stride(from: 0, to: 16, by: 4) {
      let inputs = inputs + channel
      let weights = weights + channel * Panel.width
      add(inputs, stride: 16, times: Panel(at: weights))
      add(inputs + 1, stride: 16, times: Panel(at: weights + Panel.width))
      add(inputs + 2, stride: 16, times: Panel(at: weights + 2 * Panel.width))
      add(inputs + 3, stride: 16, times: Panel(at: weights + 3 * Panel.width))
    }
  }
}

struct OneRow: Accumulators {
  private var sums: Panel

  static var rows: Int { 1 }

  @inline(__always)
  init(_ start: Panel) { sums = start }

  @inline(__always)
  mutating func add(_ inputs: UnsafePointer<Float>, stride: Int, times weights: Panel) {
    let input = Vector(repeating: inputs.pointee)
    sums.low = multiplyAdd(input, weights.low, sums.low)
    #if AVX512
      sums.high = multiplyAdd(input, weights.high, sums.high)
    #endif
  }

  @inline(__always)
  mutating func add(_ sums: UnsafePointer<Float>, stride: Int, blockStride: Int) {
    self.sums.low += read(sums)
    #if AVX512
      self.sums.high += read(sums + blockStride)
    #endif
  }

  @inline(__always)
  mutating func rectify() {
    sums.low = maximum(sums.low, Vector(repeating: 0))
    #if AVX512
      sums.high = maximum(sums.high, Vector(repeating: 0))
    #endif
  }

  @inline(__always)
  func store(_ output: UnsafeMutablePointer<Float>, stride: Int, blockStride: Int) {
    write(sums.low, to: output)
    #if AVX512
      write(sums.high, to: output + blockStride)
    #endif
  }
}

/// The rows of `First`, then those of `Second`.
struct Rows<First: Accumulators, Second: Accumulators>: Accumulators {
  private var first: First
  private var second: Second

  static var rows: Int {
    @inline(__always) get { First.rows + Second.rows }
  }

  @inline(__always)
  init(_ start: Panel) {
    first = First(start)
    second = Second(start)
  }

  @inline(__always)
  mutating func add(_ inputs: UnsafePointer<Float>, stride: Int, times weights: Panel) {
    first.add(inputs, stride: stride, times: weights)
    second.add(inputs + First.rows * stride, stride: stride, times: weights)
  }

  @inline(__always)
  mutating func add(_ sums: UnsafePointer<Float>, stride: Int, blockStride: Int) {
    first.add(sums, stride: stride, blockStride: blockStride)
    second.add(sums + First.rows * stride, stride: stride, blockStride: blockStride)
  }

  @inline(__always)
  mutating func rectify() {
    first.rectify()
    second.rectify()
  }

  @inline(__always)
  func store(_ output: UnsafeMutablePointer<Float>, stride: Int, blockStride: Int) {
    first.store(output, stride: stride, blockStride: blockStride)
    second.store(output + First.rows * stride, stride: stride, blockStride: blockStride)
  }
}

typealias TwoRows = Rows<OneRow, OneRow>
typealias FourRows = Rows<TwoRows, TwoRows>
typealias EightRows = Rows<FourRows, FourRows>

// As many rows as the registers hold, with a panel and an input beside them.
#if AVX512
  typealias MostRows = Rows<EightRows, FourRows>  // 12 × 2 of 32 registers
#elseif AVX2
  typealias MostRows = Rows<FourRows, TwoRows>  // 6 × 2 of 16 registers
#elseif arch(arm64)
  typealias MostRows = Rows<FourRows, TwoRows>  // 6 × 4 of 32 registers
#else
  typealias MostRows = TwoRows  // 2 × 4 of 16 registers
#endif
