extension ConvolutionPlan {
  /// About how many bytes an extractor sets aside, by the sizes that ``FeatureExtractor`` makes its memory of: transformed
  /// weights, the activations between layers, and each thread's scratch memory.
  ///
  /// - Parameters:
  ///   - maximumBatch: that of the plan.
  ///   - threads: that compute.
  package func memory(maximumBatch: Int, threads: Int) -> Double {
    var (floats, scratch) = (0.0, 0.0)
    for (index, step) in steps.enumerated() {
      let positions = Double((step.tile + 2) * (step.tile + 2))
      floats += positions * Double(step.inputChannels) * Double(step.outputChannels)
      let groups = Double((step.tilesInTask + 11) / 12)
      scratch = max(scratch, groups * Double(max(step.inputChannels, step.outputChannels)) * (positions + 1) * 12)
      let (rows, columns) = (step.grid.rows * step.tile + 2, step.grid.columns * step.tile + 2)
      if index == 0 {
        // A thread's strip of the first convolution's output.
        scratch += Double(columns) * Double(step.inputChannels) * 16
      } else {
        let images = step.imagesAtOnce == steps[index - 1].imagesAtOnce ? step.imagesAtOnce : maximumBatch
        floats += Double(images) * Double(rows) * Double(columns) * Double(step.inputChannels)
      }
    }
    return 4 * (floats + Double(threads) * scratch)
  }
}
