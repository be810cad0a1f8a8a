import Kernels

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// The numeric kernels of the head, in the build for one instruction set.
package struct DenseKernels: Sendable {
  package typealias Vector = Kernels.Vector

  /// See `denseProduct` in Kernels/DenseProduct.swift.
  package let product:
    @Sendable (
      _ rows: Int, _ depth: Int, _ width: Int,
      _ a: UnsafePointer<Float>, _ aRowStride: Int, _ aDepthStride: Int,
      _ b: UnsafePointer<Vector>, _ bStride: Int,
      _ c: UnsafeMutablePointer<Vector>, _ cStride: Int
    ) -> Void

  /// See `sparseProduct` in Kernels/DenseSparse.swift.
  package let sparseProduct:
    @Sendable (
      _ samples: Int, _ starts: UnsafePointer<Int32>, _ startsStride: Int,
      _ columns: UnsafePointer<UInt32>, _ values: UnsafePointer<Float>, _ capacity: Int,
      _ kernel: UnsafePointer<Vector>, _ outputs: UnsafeMutablePointer<Vector>, _ width: Int
    ) -> Void

  /// See `sparseGradientStep` in Kernels/DenseSparse.swift.
  package let sparseGradientStep:
    @Sendable (
      _ rows: Int, _ starts: UnsafePointer<Int32>, _ samples: UnsafePointer<UInt32>, _ values: UnsafePointer<Float>,
      _ outputGradient: UnsafePointer<Vector>, _ width: Int,
      _ kernel: UnsafeMutablePointer<Vector>, _ moment1: UnsafeMutablePointer<Vector>,
      _ moment2: UnsafeMutablePointer<Vector>,
      _ rate: Float, _ decay1: Float, _ decay2: Float, _ epsilon: Float, _ penalty: Float
    ) -> Void

  /// See `adamStep` in Kernels/Adam.swift.
  package let adamStep:
    @Sendable (
      _ count: Int,
      _ weights: UnsafeMutablePointer<Vector>, _ moment1: UnsafeMutablePointer<Vector>,
      _ moment2: UnsafeMutablePointer<Vector>, _ gradient: UnsafePointer<Vector>,
      _ rate: Float, _ decay1: Float, _ decay2: Float, _ epsilon: Float, _ penalty: Float
    ) -> Void

  /// See `dropoutDraws` in Kernels/DropoutDraws.swift.
  package let dropoutDraws:
    @Sendable (
      _ firstGroup: Int, _ groups: Int, _ row: UInt32, _ seed: UInt64, _ stream: UInt64,
      _ words: UnsafeMutablePointer<UInt32>
    ) -> Void

  /// - Precondition: this machine supports the instruction set.
  package static func build(for instructionSet: InstructionSet) -> DenseKernels {
    precondition(InstructionSet.supported.contains(instructionSet), "\(instructionSet) on a machine without it")
    switch instructionSet {
    #if arch(x86_64)
      case .avx512:
        return DenseKernels(
          product: KernelsAVX512.denseProduct, sparseProduct: KernelsAVX512.sparseProduct,
          sparseGradientStep: KernelsAVX512.sparseGradientStep, adamStep: KernelsAVX512.adamStep,
          dropoutDraws: KernelsAVX512.dropoutDraws)
      case .avx2:
        return DenseKernels(
          product: KernelsAVX2.denseProduct, sparseProduct: KernelsAVX2.sparseProduct,
          sparseGradientStep: KernelsAVX2.sparseGradientStep, adamStep: KernelsAVX2.adamStep,
          dropoutDraws: KernelsAVX2.dropoutDraws)
    #endif
    default:
      return DenseKernels(
        product: Kernels.denseProduct, sparseProduct: Kernels.sparseProduct,
        sparseGradientStep: Kernels.sparseGradientStep, adamStep: Kernels.adamStep,
        dropoutDraws: Kernels.dropoutDraws)
    }
  }
}
