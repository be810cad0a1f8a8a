/// Why layers can't be fine-tuned; described in one line.
public enum FineTuningError: Error, Equatable {
  /// - Parameter layer: that the features come from.
  case cutIsNoPooling(layer: String)
  case nothingBehind(cut: String)
  /// - Parameters:
  ///   - features: that were given.
  ///   - channels: of the cut's output.
  case channels(features: FeatureShape, cut: String, channels: Int)
  case tooSmallToPool(features: FeatureShape, cut: String)
  /// - Parameters:
  ///   - head: what it takes.
  ///   - tail: what the last convolution puts out.
  case headTakes(FeatureShape, tail: FeatureShape)
  case batchSize(Int)
  case state(String)
}

extension FineTuningError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .cutIsNoPooling(let layer):
      "layers behind \(layer) can't be fine-tuned: features of a pooling are needed, such as block4_pool"
    case .nothingBehind(let cut): "there is no convolution behind \(cut) to fine-tune"
    case .channels(let features, let cut, let channels):
      "features of \(features); \(cut) puts out \(channels) channels"
    case .tooSmallToPool(let features, let cut):
      "features of \(features) of \(cut) are too small for the poolings that follow; extract larger images"
    case .headTakes(let head, let tail): "the head takes features of \(head); the last convolution puts out \(tail)"
    case .batchSize(let size): "a batch size of \(size): expected 1 to 65536"
    case .state(let reason): "a state of other layers: \(reason)"
    }
  }
}
