/// VGG16's convolutional part (Simonyan and Zisserman 2014, configuration D), as in keras-applications' vgg16.py: every
/// convolution is 3×3, stride 1, same padding, followed by a ReLU; every block ends with a 2×2 max pooling, stride 2.
public enum VGG16 {
  /// A row of the table: one convolution, and the pooling that follows it where a block ends.
  public struct Convolution: Sendable, Equatable {
    public let name: String
    public let inputChannels: Int
    public let outputChannels: Int
    /// The name of the max pooling that follows, at a block's end.
    public let pooling: String?
  }

  public static let convolutions: [Convolution] = [
    row("block1_conv1", 3, 64),
    row("block1_conv2", 64, 64, "block1_pool"),
    row("block2_conv1", 64, 128),
    row("block2_conv2", 128, 128, "block2_pool"),
    row("block3_conv1", 128, 256),
    row("block3_conv2", 256, 256),
    row("block3_conv3", 256, 256, "block3_pool"),
    row("block4_conv1", 256, 512),
    row("block4_conv2", 512, 512),
    row("block4_conv3", 512, 512, "block4_pool"),
    row("block5_conv1", 512, 512),
    row("block5_conv2", 512, 512),
    row("block5_conv3", 512, 512, "block5_pool"),
  ]

  private static func row(_ name: String, _ input: Int, _ output: Int, _ pooling: String? = nil) -> Convolution {
    Convolution(name: name, inputChannels: input, outputChannels: output, pooling: pooling)
  }

  /// A layer that the network can be cut after: one of the 13 convolutions (with its ReLU) or the 5 poolings.
  public struct Layer: Sendable, Equatable, CustomStringConvertible {
    /// As in Keras: `block1_conv1` … `block5_conv3`, `block1_pool` … `block5_pool`.
    public let name: String
    /// The last convolution that is computed: its row in ``VGG16/convolutions``.
    public let lastConvolution: Int
    /// Whether the pooling after that convolution is computed, too.
    public let isPooling: Bool

    public var description: String { name }

    /// The layer of that name, if there is one.
    public init?(_ name: String) {
      guard let layer = Layer.all.first(where: { $0.name == name }) else { return nil }
      self = layer
    }

    private init(name: String, lastConvolution: Int, isPooling: Bool) {
      self.name = name
      self.lastConvolution = lastConvolution
      self.isPooling = isPooling
    }

    /// All 18 layers, in the order of the network.
    public static let all: [Layer] = convolutions.enumerated().flatMap { index, row in
      [Layer(name: row.name, lastConvolution: index, isPooling: false)]
        + (row.pooling.map { [Layer(name: $0, lastConvolution: index, isPooling: true)] } ?? [])
    }

    /// The last convolution of the network: the usual cut.
    public static let block5Conv3 = Layer(
      name: "block5_conv3", lastConvolution: convolutions.count - 1, isPooling: false)

    /// The shape of the layer's output for an input image of `height` × `width` pixels.
    ///
    /// Every pooling before, and this one if it is one, halves height and width, rounding down.
    public func outputShape(height: Int, width: Int) -> FeatureShape {
      let poolings = convolutions[...lastConvolution].count { $0.pooling != nil }
      let endsBlock = convolutions[lastConvolution].pooling != nil
      let halvings = poolings - (endsBlock && !isPooling ? 1 : 0)
      return FeatureShape(
        height: height >> halvings, width: width >> halvings,
        channels: convolutions[lastConvolution].outputChannels)
    }
  }
}

/// The parameters of VGG16's 13 convolutions.
public struct VGG16Weights: Sendable {
  public struct Convolution: Sendable {
    /// 3×3×Cin×Cout (height, width, input, output: Keras' order).
    public var kernel: [Float]
    /// Cout.
    public var bias: [Float]

    public init(kernel: [Float], bias: [Float]) {
      self.kernel = kernel
      self.bias = bias
    }
  }

  /// In the order of ``VGG16/convolutions``.
  public let convolutions: [Convolution]

  /// - Precondition: 13 convolutions of the shapes that ``VGG16/convolutions`` lists.
  public init(convolutions: [Convolution]) {
    precondition(convolutions.count == VGG16.convolutions.count)
    for (parameters, row) in zip(convolutions, VGG16.convolutions) {
      precondition(parameters.kernel.count == 9 * row.inputChannels * row.outputChannels, row.name)
      precondition(parameters.bias.count == row.outputChannels, row.name)
    }
    self.convolutions = convolutions
  }
}
