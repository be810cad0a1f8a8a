/// Where a head looks for a class: Grad-CAM (Selvaraju et al. 2017, "Grad-CAM: visual explanations from deep networks via
/// gradient-based localization", equations 1 and 2).
///
/// With A the features and y the class's sum before the softmax or sigmoid, without dropout and with the moving statistics:
/// α(k) = 1/(H W) Σ(i, j) ∂y/∂A(i, j, k) and L(i, j) = max(0, Σ(k) α(k) A(i, j, k)).
public struct GradCAM: Sendable {
  private let head: Head

  public init(_ head: Head) {
    self.head = head
  }

  /// - Parameters:
  ///   - features: of an image, H×W×C, before the head's pooling.
  ///   - label: the class.
  /// - Returns: H×W.
  public func map(of features: [Float], for label: Int) -> HeatMap {
    let shape = head.architecture.input
    precondition(features.count == shape.count, "\(features.count) features of \(shape)")
    let weights = channelWeights(features, label)
    let values = (0..<shape.height * shape.width).map { place -> Float in
      var sum = 0.0
      for channel in 0..<shape.channels { sum += weights[channel] * Double(features[place * shape.channels + channel]) }
      return Float(max(sum, 0))
    }
    return HeatMap(height: shape.height, width: shape.width, values: values)
  }

  /// α, C. Max pooling passes the gradient on to one place of each window, so that the sum over all places is the same before
  /// and behind it: where the greatest value stands does not matter.
  private func channelWeights(_ features: [Float], _ label: Int) -> [Double] {
    let (shape, pooled) = (head.architecture.input, head.architecture.pooled)
    let gradient = gradient(at: pool(features), label)
    var weights = [Double](repeating: 0, count: shape.channels)
    for place in 0..<pooled.height * pooled.width {
      for channel in 0..<shape.channels { weights[channel] += gradient[place * shape.channels + channel] }
    }
    return weights.map { $0 / Double(shape.height * shape.width) }
  }

  private func pool(_ features: [Float]) -> [Float] {
    guard head.architecture.pools else { return features }
    return [Float](unsafeUninitializedCapacity: head.architecture.pooled.count) { output, count in
      features.withUnsafeBufferPointer {
        MaxPooling.forward($0.baseAddress!, shape: head.architecture.input, into: output.baseAddress!)
      }
      count = head.architecture.pooled.count
    }
  }

  /// A layer that was passed, as the way back takes it.
  private enum Step {
    /// The kernel, I×O, and which units are not cut off by ReLU; all where nil.
    case dense(kernel: [Float], active: [Bool]?)
    /// Factors of a batch normalization.
    case scale([Double])
  }

  /// ∂y/∂x by what is flattened.
  private func gradient(at input: [Float], _ label: Int) -> [Double] {
    var values = head.values[...]
    var (x, steps) = (input.map(Double.init), [Step]())
    for layer in head.architecture.layers {
      switch layer {
      case .maxPooling, .flatten, .dropout: break
      case .dense(let units, let activation):
        let (kernel, bias) = (values.removeFirst(), values.removeFirst())
        x = Self.dense(x, kernel, bias, units: units)
        let active = activation == .relu ? x.map { $0 > 0 } : nil
        if activation == .relu { x = x.map { max($0, 0) } }
        steps.append(.dense(kernel: kernel, active: active))
      case .batchNormalization:
        let statistics = (0..<4).map { _ in values.removeFirst().map(Double.init) }
        let (gamma, beta, mean, variance) = (statistics[0], statistics[1], statistics[2], statistics[3])
        let scales = zip(gamma, variance).map { $0 / ($1 + Double(BatchNormalization.epsilon)).squareRoot() }
        x = x.indices.map { (x[$0] - mean[$0]) * scales[$0] + beta[$0] }
        steps.append(.scale(scales))
      }
    }
    var gradient = x.indices.map { $0 == label ? 1.0 : 0 }
    for step in steps.reversed() {
      switch step {
      case .scale(let scales): gradient = zip(gradient, scales).map { $0 * $1 }
      case .dense(let kernel, let active):
        if let active { gradient = zip(gradient, active).map { $1 ? $0 : 0 } }
        gradient = Self.backward(gradient, kernel)
      }
    }
    return gradient
  }

  /// x W + b.
  private static func dense(_ x: [Double], _ kernel: [Float], _ bias: [Float], units: Int) -> [Double] {
    var sums = bias.map(Double.init)
    kernel.withUnsafeBufferPointer { kernel in
      for (row, value) in x.enumerated() where value != 0 {
        for unit in 0..<units { sums[unit] += value * Double(kernel[row * units + unit]) }
      }
    }
    return sums
  }

  /// W g.
  private static func backward(_ gradient: [Double], _ kernel: [Float]) -> [Double] {
    let units = gradient.count
    return kernel.withUnsafeBufferPointer { kernel in
      (0..<kernel.count / units).map { row in
        var sum = 0.0
        for unit in 0..<units { sum += Double(kernel[row * units + unit]) * gradient[unit] }
        return sum
      }
    }
  }
}
