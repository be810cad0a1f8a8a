import KernelInterface

#if arch(x86_64)
  import _Builtin_intrinsics.intel
#endif

/// Adam's step (Kingma and Ba 2014) in the form of keras/src/optimizers/adam.py, where the bias corrections are part of
/// the rate and epsilon stands outside them.
struct Adam {
  let rate: Vector
  let decay1: Vector
  let decay2: Vector
  let epsilon: Vector
  let penalty: Vector

  @inline(__always)
  init(_ constants: AdamConstants) {
    rate = Vector(repeating: constants.rate)
    decay1 = Vector(repeating: constants.decay1)
    decay2 = Vector(repeating: constants.decay2)
    epsilon = Vector(repeating: constants.epsilon)
    penalty = Vector(repeating: constants.penalty)
  }

  @inline(__always)
  func update(_ weight: inout Vector, _ moment1: inout Vector, _ moment2: inout Vector, _ gradient: Vector) {
    let gradient = multiplyAdd(penalty, weight, gradient)
    let m = multiplyAdd(gradient - moment1, decay1, moment1)
    let v = multiplyAdd(gradient * gradient - moment2, decay2, moment2)
    moment1 = m
    moment2 = v
    weight -= m * rate / (squareRoot(v) + epsilon)
  }
}

/// One step of Adam over weights whose gradient is known:
///
///     g += penalty · w             penalty = 2 λ where λ Σ w² is added to the loss (keras.regularizers.L2)
///     m += (g - m) · decay1        decay1 = 1 - β1
///     v += (g² - v) · decay2       decay2 = 1 - β2
///     w -= rate · m / (√v + ε)     rate = learning rate · √(1 - β2ᵗ) / (1 - β1ᵗ)
@inline(never)
func adamStep(_ call: AdamStepCall) {
  let adam = Adam(call.constants)
  let (weights, moment1, moment2, gradient) = (call.weights, call.moment1, call.moment2, call.gradient)
  for i in 0..<call.count {
    adam.update(&weights[i], &moment1[i], &moment2[i], gradient[i])
  }
}

/// `√x`, lane by lane. (`SIMD16.squareRoot()` takes the lanes one by one.)
@inline(__always)
private func squareRoot(_ x: Vector) -> Vector {
  #if AVX512
    return _mm512_sqrt_ps(x)
  #elseif AVX2
    return Vector(lowHalf: _mm256_sqrt_ps(x.lowHalf), highHalf: _mm256_sqrt_ps(x.highHalf))
  #elseif arch(x86_64)
    return Vector(
      lowHalf: SIMD8(lowHalf: _mm_sqrt_ps(x.lowHalf.lowHalf), highHalf: _mm_sqrt_ps(x.lowHalf.highHalf)),
      highHalf: SIMD8(lowHalf: _mm_sqrt_ps(x.highHalf.lowHalf), highHalf: _mm_sqrt_ps(x.highHalf.highHalf)))
  #else
    return x.squareRoot()
  #endif
}
