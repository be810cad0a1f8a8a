// The vector that every kernel is written in, and the one operation on it that the standard library does not reliably
// turn into one instruction.

import KernelInterface

#if AVX512 || AVX2
  import Builtin
  import _Builtin_intrinsics.intel
#elseif arch(x86_64)
  import _Builtin_intrinsics.intel
#endif

/// What the transforms of tiles take at a time: so many channels that a row of a tile fits into the registers.
#if AVX512
  typealias Lanes = Vector
#else
  typealias Lanes = SIMD8<Float>
#endif

/// Runs `body` for the first channel of every ``Lanes`` of sixteen.
@inline(__always)
func inLanes(_ body: (_ channel: Int) -> Void) {
  var channel = 0
  while channel < 16 {
    body(channel)
    channel += Lanes.scalarCount
  }
}

/// `a * b + c`, lane by lane, rounded once: the same bits on every instruction set.
@inline(__always)
func multiplyAdd(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
  #if AVX512
    return _mm512_fmadd_ps(a, b, c)
  #else
    return Vector(
      lowHalf: multiplyAdd(a.lowHalf, b.lowHalf, c.lowHalf), highHalf: multiplyAdd(a.highHalf, b.highHalf, c.highHalf))
  #endif
}

#if !AVX512
  @inline(__always)
  func multiplyAdd(_ a: SIMD8<Float>, _ b: SIMD8<Float>, _ c: SIMD8<Float>) -> SIMD8<Float> {
    #if AVX2
      return _mm256_fmadd_ps(a, b, c)
    #elseif !arch(x86_64)
      return c.addingProduct(a, b)
    #else
      return SIMD8(
        lowHalf: fused(a.lowHalf, b.lowHalf, c.lowHalf), highHalf: fused(a.highHalf, b.highHalf, c.highHalf))
    #endif
  }
#endif

#if arch(x86_64) && !(AVX512 || AVX2)
  /// A fused multiply-add for processors that have none, by double precision, in which the product is exact and only the sum
  /// rounds. A call, not inlined: the kernels have thousands of them, which would take minutes to compile.
  @inline(never)
  private func fused(_ a: SIMD4<Float>, _ b: SIMD4<Float>, _ c: SIMD4<Float>) -> SIMD4<Float> {
    let low = sumRoundedToOdd(_mm_cvtps_pd(a) * _mm_cvtps_pd(b), _mm_cvtps_pd(c))
    let high = sumRoundedToOdd(
      _mm_cvtps_pd(_mm_movehl_ps(a, a)) * _mm_cvtps_pd(_mm_movehl_ps(b, b)), _mm_cvtps_pd(_mm_movehl_ps(c, c)))
    return _mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high))
  }

  /// `a + b`, and where that is not exact, the neighbour of it whose last bit is set: rounding it again, to float, gives what
  /// one rounding gives (Boldo and Melquiond 2008, "Emulation of FMA and correctly rounded sums", theorem 1).
  @inline(__always)
  private func sumRoundedToOdd(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> SIMD2<Double> {
    let sum = a + b
    // Knuth's TwoSum: sum + error is exact. Where the sum is infinite or no number, the error is no number, and no lane is
    // taken for inexact.
    let rest = sum - a
    let error = (a - (sum - rest)) + (b - rest)
    let isInexact = (error .< 0) .| (error .> 0)
    let bits = unsafeBitCast(sum, to: SIMD2<Int64>.self)
    let signs = (unsafeBitCast(error, to: SIMD2<Int64>.self) ^ bits) &>> 63
    let isEven = 0 &- (~bits & 1)
    return unsafeBitCast(bits &+ ((signs | 1) & isEven).replacing(with: 0, where: .!isInexact), to: SIMD2<Double>.self)
  }
#endif

/// Reads sixteen floats; any alignment will do.
@inline(__always)
func read(_ pointer: UnsafePointer<Float>) -> Vector {
  UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
}

/// Writes sixteen floats; any alignment will do.
@inline(__always)
func write(_ vector: Vector, to pointer: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: Vector.self)
}

/// The greater of two, lane by lane; `b` where neither is, as x86's instruction has it.
@inline(__always)
func maximum(_ a: Vector, _ b: Vector) -> Vector {
  #if AVX512
    return _mm512_max_ps(a, b)
  #elseif AVX2
    return Vector(lowHalf: _mm256_max_ps(a.lowHalf, b.lowHalf), highHalf: _mm256_max_ps(a.highHalf, b.highHalf))
  #else
    return b.replacing(with: a, where: a .> b)
  #endif
}

/// Asks for the cache line at an address, which need not be mapped, to be brought into the second-level cache.
///
/// Swift has no public name for this. The built-in is an LLVM intrinsic: `llvm.prefetch(address, read, locality, data)`.
@inline(__always)
func prefetch(_ pointer: UnsafePointer<Float>) {
  #if AVX512 || AVX2
    let (read, locality, data) = (Int32(0), Int32(2), Int32(1))
    Builtin.int_prefetch_RawPointer(
      UnsafeRawPointer(pointer)._rawValue, read._value, locality._value, data._value)
  #endif
}
