// The vector that every kernel is written in, and the one operation on it that the standard library does not reliably
// turn into one instruction.

import KernelInterface

#if AVX512 || AVX2
  import Builtin
  import _Builtin_intrinsics.intel
#endif

/// `a * b + c`, lane by lane; fused where the instruction set has it.
@inline(__always)
func multiplyAdd(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
  #if AVX512
    return _mm512_fmadd_ps(a, b, c)
  #elseif AVX2
    return Vector(
      lowHalf: _mm256_fmadd_ps(a.lowHalf, b.lowHalf, c.lowHalf),
      highHalf: _mm256_fmadd_ps(a.highHalf, b.highHalf, c.highHalf))
  #elseif arch(arm64)
    return c.addingProduct(a, b)
  #else
    return a * b + c
  #endif
}

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

/// The greater of two, lane by lane.
@inline(__always)
func maximum(_ a: Vector, _ b: Vector) -> Vector {
  #if AVX512
    return _mm512_max_ps(a, b)
  #elseif AVX2
    return Vector(lowHalf: _mm256_max_ps(a.lowHalf, b.lowHalf), highHalf: _mm256_max_ps(a.highHalf, b.highHalf))
  #else
    return a.replacing(with: b, where: a .< b)
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
