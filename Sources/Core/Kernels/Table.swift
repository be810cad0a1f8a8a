import KernelInterface

/// The kernels of this build.
public func kernelTable() -> KernelTable {
  KernelTable(
    panelWidth: Panel.width, transformInput: winogradTransformInput, multiply: winogradMultiply,
    transformOutput: winogradTransformOutput, convolveFirst: firstConvolution,
    multiplyAddPeak: multiplyAddPeak(iterations:buffer:), denseProduct: denseProduct, sparseProduct: sparseProduct,
    sparseGradientStep: sparseGradientStep, adamStep: adamStep, dropoutDraws: dropoutDraws,
    resampleHorizontally: resampleHorizontally, resampleVertically: resampleVertically)
}
