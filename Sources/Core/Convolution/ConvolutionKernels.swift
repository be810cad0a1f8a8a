import Kernels

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// The convolution kernels of one instruction set. Each is documented where it is written, in `Kernels`.
package struct ConvolutionKernels: Sendable {
  /// The output channels whose weights lie together.
  package let panelWidth: Int
  /// `winogradTransformInput` of WinogradInput.swift.
  package let transformInput:
    @Sendable (
      _ size: Int, _ input: UnsafePointer<Float>, _ corners: UnsafePointer<Int>, _ tiles: Int, _ rowStride: Int,
      _ inputBlockStride: Int, _ blocks: Int, _ output: UnsafeMutablePointer<Float>, _ outputBlockStride: Int,
      _ buffer: UnsafeMutablePointer<Float>
    ) -> Void
  /// `winogradMultiply` of WinogradMultiply.swift.
  package let multiply:
    @Sendable (
      _ inputs: UnsafePointer<Float>, _ outputs: UnsafeMutablePointer<Float>, _ weights: UnsafePointer<Float>,
      _ tiles: Int, _ inputChannels: Int, _ outputChannels: Int, _ groupStride: Int, _ blockStride: Int
    ) -> Void
  /// `winogradTransformOutput` of WinogradOutput.swift.
  package let transformOutput:
    @Sendable (
      _ size: Int, _ input: UnsafePointer<Float>, _ inputBlockStride: Int, _ blocks: Int,
      _ bias: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ places: UnsafePointer<TileOutputs>,
      _ tiles: Int, _ rowStride: Int, _ pixelStride: Int, _ outputBlockStride: Int, _ pools: Bool,
      _ buffer: UnsafeMutablePointer<Float>
    ) -> Void
  /// `firstConvolution` of FirstConvolution.swift.
  package let convolveFirst:
    @Sendable (
      _ input: UnsafePointer<Float>, _ inputRowStride: Int, _ weights: UnsafePointer<Float>,
      _ bias: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ rowStride: Int, _ pixelStride: Int,
      _ blockStride: Int, _ outputChannels: Int, _ rows: Int, _ columns: Int
    ) -> Void
  /// `multiplyAddPeak` of MultiplyAddPeak.swift.
  package let multiplyAddPeak: @Sendable (_ iterations: Int, _ buffer: UnsafeMutablePointer<Float>) -> Int

  /// - Precondition: this machine supports `instructionSet`.
  package init(_ instructionSet: InstructionSet) {
    precondition(InstructionSet.supported.contains(instructionSet), "this machine has no \(instructionSet)")
    switch instructionSet {
    #if arch(x86_64)
      case .avx512:
        panelWidth = KernelsAVX512.winogradPanelWidth()
        transformInput = KernelsAVX512.winogradTransformInput
        multiply = KernelsAVX512.winogradMultiply
        transformOutput = KernelsAVX512.winogradTransformOutput
        convolveFirst = KernelsAVX512.firstConvolution
        multiplyAddPeak = KernelsAVX512.multiplyAddPeak
      case .avx2:
        panelWidth = KernelsAVX2.winogradPanelWidth()
        transformInput = KernelsAVX2.winogradTransformInput
        multiply = KernelsAVX2.winogradMultiply
        transformOutput = KernelsAVX2.winogradTransformOutput
        convolveFirst = KernelsAVX2.firstConvolution
        multiplyAddPeak = KernelsAVX2.multiplyAddPeak
    #endif
    default:
      panelWidth = Kernels.winogradPanelWidth()
      transformInput = Kernels.winogradTransformInput
      multiply = Kernels.winogradMultiply
      transformOutput = Kernels.winogradTransformOutput
      convolveFirst = Kernels.firstConvolution
      multiplyAddPeak = Kernels.multiplyAddPeak
    }
  }
}
