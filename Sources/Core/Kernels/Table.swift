import KernelInterface

/// The kernels of this build.
public func kernelTable() -> KernelTable {
  KernelTable(
    panelWidth: Panel.width, transformInput: winogradTransformInput, multiply: winogradMultiply,
    transformOutput: winogradTransformOutput, convolveFirst: firstConvolution,
    multiplyAddPeak: multiplyAddPeak(iterations:buffer:), transformBatchInput: transformBatchInput(_:positionStride:),
    transformBatchOutput: transformBatchOutput, multiplyBatch: multiplyBatch, transformWeights: transformWeights,
    transformGradient: transformGradient, weightGradient: weightGradient, weightStep: weightStep,
    poolingGradient: poolingGradient, activationGradient: activationGradient, denseProduct: denseProduct,
    sparseProduct: sparseProduct,
    sparseGradientStep: sparseGradientStep, adamStep: adamStep, dropoutDraws: dropoutDraws,
    resampleHorizontally: resampleHorizontally, resampleVertically: resampleVertically)
}
