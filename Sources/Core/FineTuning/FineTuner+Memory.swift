extension FineTuner {
  /// About how many bytes fine-tuning sets aside, beside the backbone's own weights: what is trained and Adam's
  /// moments, the transformed tiles and the activations of a batch, and each thread's scratch memory.
  ///
  /// - Parameters:
  ///   - cut: the pooling that the features come from.
  ///   - features: the shape of an image's.
  ///   - head: that is trained, too.
  ///   - batchSize: the most images of a step.
  ///   - threads: that train.
  public static func memory(
    cut: Backbone.Layer, features: FeatureShape, head: HeadArchitecture, batchSize: Int, threads: Int
  ) -> Double {
    var shape = features
    var (floats, gradients, scratch) = (0.0, 0.0, 0.0)
    for row in cut.backbone.convolutions[(cut.lastConvolution + 1)...] {
      let (inputs, outputs) = (Double(row.inputChannels), Double(row.outputChannels))
      let algorithm = TrainableConvolution.bestAlgorithm(height: shape.height, width: shape.width)
      let tiles = Double(
        BatchTiles(algorithm: algorithm, height: shape.height, width: shape.width, images: batchSize).blockStride)
      let pixels = Double(batchSize * (shape.height + algorithm.outputs) * (shape.width + algorithm.outputs))
      floats += 3 * 9 * inputs * outputs
      // Its input, and about one map of what it puts out: the gradient, which two layers may share, or what is pooled.
      floats += pixels * (inputs + outputs)
      // V.
      floats += inputs / 16 * tiles
      gradients = max(gradients, outputs / 16 * tiles)
      // U and M of a panel of 32 channels.
      scratch = max(scratch, Double(algorithm.inputs * algorithm.inputs * 32 * (128 + 144)))
      shape.channels = row.outputChannels
      if row.pooling != nil { shape = MaxPooling.outputShape(of: shape) }
    }
    let variables = Double(head.variables.reduce(0) { $0 + $1.count })
    let rows = Double(batchSize * head.pooled.count)
    return 4 * (floats + gradients + Double(threads) * scratch + 3 * variables + 4 * rows)
  }
}
