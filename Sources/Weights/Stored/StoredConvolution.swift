import Core

/// One convolution as a weight file holds it, with what follows it that is linear and so can be folded into it.
package struct StoredConvolution: Sendable {
  /// As the file calls it.
  package let name: String
  /// Height × width × input × output, whatever the file's own order is.
  package let kernel: StoredTensor
  /// No bias is a bias of zeros.
  package let bias: StoredTensor?
  /// Whether the kernel may be turned by 180°. Theano convolves in the strict sense, others cross-correlate, and files with
  /// kernels in Theano's order were written for either.
  package var mayBeTurned = false
  /// In the order in which they are applied.
  package var followers: [Follower] = []
  /// How the network applies it, where the file says: a graph or a configuration does, bare weights don't.
  var application: Application?

  /// Something done to each output channel by itself, between the convolution and its ReLU.
  package enum Follower: Sendable {
    case addition(StoredTensor)
    case multiplication(StoredTensor)
    case batchNormalization(
      scale: StoredTensor, offset: StoredTensor, mean: StoredTensor, variance: StoredTensor, epsilon: Double)
  }
}

extension StoredConvolution {
  /// What is done with a convolution besides its weights.
  struct Application: Sendable, Equatable {
    /// Whether zeros around the image keep its height and width.
    var isPadded: Bool
    /// Such as "strides [2, 2]", where there is more to it than a VGG's convolutions have.
    var peculiarity: String?
    /// What follows before the next convolution: "relu", nil for nothing.
    var activation: String?
    /// The poolings that follow before the next convolution: "max 2×2".
    var poolings: [String] = []

    /// A VGG's only pooling: 2×2, stride 2, the greatest.
    static let usualPooling = "max 2×2"

    /// Why this is not as `expected` is applied, if it is not. What follows a network's last convolution is a matter of the head.
    func mismatch(with expected: Backbone.Convolution, isLast: Bool) -> String? {
      if let peculiarity { return "has \(peculiarity); expected \(expected.withShape)" }
      if !isPadded { return "has no padding, and a VGG's convolutions keep height and width" }
      if let activation, activation != "relu" { return "has the activation \(activation), expected relu" }
      if isLast { return nil }
      if activation == nil { return "has no activation, expected relu" }
      let wanted = expected.pooling == nil ? [] : [Self.usualPooling]
      if poolings == wanted { return nil }
      let found = poolings.isEmpty ? "no pooling" : poolings.joined(separator: ", ") + " pooling"
      return "is followed by \(found), expected \(wanted.first.map { $0 + " pooling" } ?? "none")"
    }
  }
}

extension Backbone.Convolution {
  /// Height × width × input × output.
  var kernelShape: [Int] { [3, 3, inputChannels, outputChannels] }

  /// For messages: "block1_conv1 (kernel 3×3×3×64)".
  var withShape: String { "\(name) (kernel \(kernelShape.timesJoined))" }
}

extension StoredConvolution {
  /// Why its shapes are not those of `expected`, if they are not.
  func mismatch(with expected: Backbone.Convolution) -> String? {
    if kernel.shape != expected.kernelShape {
      return "\(expected.name) (\(name)): kernel \(kernel.shape.timesJoined), "
        + "expected \(expected.kernelShape.timesJoined) (height×width×input×output)"
    }
    for tensor in channelTensors where tensor.shape != [expected.outputChannels] {
      return "\(expected.name) (\(name)): \(tensor.name) has the shape \(tensor.shape.timesJoined), "
        + "expected \(expected.outputChannels)"
    }
    return nil
  }

  /// Why it is not applied as `expected` is, if that is known.
  ///
  /// - Parameter isLast: whether the network ends with it.
  func misapplication(as expected: Backbone.Convolution, isLast: Bool) -> String? {
    application?.mismatch(with: expected, isLast: isLast).map { "\(expected.name) (\(name)) \($0)" }
  }

  /// The tensors that have one element for each output channel.
  package var channelTensors: [StoredTensor] {
    (bias.map { [$0] } ?? []) + followers.flatMap(\.tensors)
  }

  /// The kernel and the bias, with what follows the convolution folded into them (in Double).
  ///
  /// - Parameter turned: whether to turn the kernel by 180°.
  /// - Precondition: there is no ``mismatch(with:)``, which makes every tensor but the kernel as long as the output.
  /// - Throws: ``Unreadable``.
  func parameters(turned: Bool) throws -> (kernel: [Float], bias: [Float]) {
    let channels = kernel.shape[3]
    var kernel = try (turned ? kernel.flippedSpatially() : kernel).elements()
    let bias = try bias?.elements() ?? [Float](repeating: 0, count: channels)
    if followers.isEmpty { return (kernel, bias) }

    var slope = [Double](repeating: 1, count: channels)
    var intercept = bias.map(Double.init)
    for follower in followers { try follower.apply(to: &slope, &intercept) }
    if slope.contains(where: { $0 != 1 }) {
      for start in stride(from: 0, to: kernel.count, by: channels) {
        for channel in 0..<channels {
          kernel[start + channel] = Float(Double(kernel[start + channel]) * slope[channel])
        }
      }
    }
    return (kernel, intercept.map(Float.init))
  }
}

extension StoredConvolution.Follower {
  fileprivate var tensors: [StoredTensor] {
    switch self {
    case .addition(let tensor), .multiplication(let tensor): [tensor]
    case .batchNormalization(let scale, let offset, let mean, let variance, _): [scale, offset, mean, variance]
    }
  }

  /// Turns `slope · x + intercept` into what the follower makes of it, channel by channel.
  fileprivate func apply(to slope: inout [Double], _ intercept: inout [Double]) throws {
    switch self {
    case .addition(let term):
      for (channel, value) in try term.elements().enumerated() { intercept[channel] += Double(value) }
    case .multiplication(let factor):
      for (channel, value) in try factor.elements().enumerated() {
        slope[channel] *= Double(value)
        intercept[channel] *= Double(value)
      }
    case .batchNormalization(let scale, let offset, let mean, let variance, let epsilon):
      let (scale, offset) = (try scale.elements(), try offset.elements())
      let (mean, variance) = (try mean.elements(), try variance.elements())
      for channel in slope.indices {
        let factor = Double(scale[channel]) / (Double(variance[channel]) + epsilon).squareRoot()
        slope[channel] *= factor
        intercept[channel] = (intercept[channel] - Double(mean[channel])) * factor + Double(offset[channel])
      }
    }
  }
}
