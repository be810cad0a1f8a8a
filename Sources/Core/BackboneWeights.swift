/// The parameters of a backbone's convolutions.
public struct BackboneWeights: Sendable {
  public struct Convolution: Sendable, Equatable {
    /// 3×3×Cin×Cout (height, width, input, output: Keras' order).
    public var kernel: [Float]
    /// Cout.
    public var bias: [Float]

    public init(kernel: [Float], bias: [Float]) {
      self.kernel = kernel
      self.bias = bias
    }
  }

  public let backbone: Backbone
  /// In the order of ``Backbone/convolutions``.
  public let convolutions: [Convolution]

  /// - Precondition: as many convolutions as the backbone has, and of its shapes.
  public init(_ backbone: Backbone, convolutions: [Convolution]) {
    precondition(convolutions.count == backbone.convolutions.count, "\(backbone.name): \(convolutions.count)")
    for (parameters, row) in zip(convolutions, backbone.convolutions) {
      precondition(parameters.kernel.count == 9 * row.inputChannels * row.outputChannels, row.name)
      precondition(parameters.bias.count == row.outputChannels, row.name)
    }
    self.backbone = backbone
    self.convolutions = convolutions
  }
}
