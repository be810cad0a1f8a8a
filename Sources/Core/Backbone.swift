/// The convolutional part of a network in the manner of VGG (Simonyan and Zisserman 2015, "Very deep convolutional networks
/// for large-scale image recognition", table 1): every convolution is 3×3, stride 1, same padding, followed by a ReLU; every
/// block ends with a 2×2 max pooling, stride 2. Layers are called as in keras-applications' vgg16.py.
///
/// ```swift
/// let extractor = FeatureExtractor(weights: weights, cut: Backbone.vgg16.layer(named: "block4_pool"), …)
/// ```
public struct Backbone: Codable, Hashable, Sendable {
  /// A row of the table: one convolution, and the pooling that follows it where a block ends.
  public struct Convolution: Codable, Hashable, Sendable {
    /// `block1_conv1`, …
    public let name: String
    public let inputChannels: Int
    public let outputChannels: Int
    /// The name of the max pooling that follows, at a block's end: `block1_pool`, …
    public let pooling: String?

    public init(name: String, inputChannels: Int, outputChannels: Int, pooling: String? = nil) {
      self.name = name
      self.inputChannels = inputChannels
      self.outputChannels = outputChannels
      self.pooling = pooling
    }
  }

  /// As options and files have it: `vgg16`.
  public let name: String
  /// In the order in which an image passes through them.
  public let convolutions: [Convolution]

  /// - Parameters:
  ///   - name: in lower case.
  ///   - blocks: how many convolutions each has, and the channels that all of them put out. ``FeatureExtractor`` takes
  ///     multiples of 32.
  public init(name: String, blocks: [(convolutions: Int, channels: Int)]) {
    self.name = name
    var inputChannels = 3
    convolutions = zip(1..., blocks).flatMap { number, block in
      (1...block.convolutions).map { index in
        defer { inputChannels = block.channels }
        return Convolution(
          name: "block\(number)_conv\(index)", inputChannels: inputChannels, outputChannels: block.channels,
          pooling: index == block.convolutions ? "block\(number)_pool" : nil)
      }
    }
  }

  /// - Precondition: there is a convolution, and each takes what the one before puts out, the first an image's 3 channels.
  public init(name: String, convolutions: [Convolution]) {
    let inputs = [3] + convolutions.dropLast().map { $0.outputChannels }
    precondition(!convolutions.isEmpty && convolutions.map { $0.inputChannels } == inputs, "\(name): \(convolutions)")
    self.name = name
    self.convolutions = convolutions
  }

  /// The name as prose has it: VGG16.
  public var title: String { name.uppercased() }

  /// The smallest height and width of an image, in pixels: what gives the last pooling one pixel.
  public var minimumSize: Int { 1 << convolutions.count { $0.pooling != nil } }

  /// The largest height and width of an image that programs take, in pixels: a layer of VGG takes 16 GiB there.
  public static let maximumSize = 8192
}

// MARK: - The ones in use

extension Backbone {
  /// Configuration A.
  public static let vgg11 = vgg("vgg11", [1, 1, 2, 2, 2])
  /// Configuration B.
  public static let vgg13 = vgg("vgg13", [2, 2, 2, 2, 2])
  /// Configuration D.
  public static let vgg16 = vgg("vgg16", [2, 2, 3, 3, 3])
  /// Configuration E.
  public static let vgg19 = vgg("vgg19", [2, 2, 4, 4, 4])

  public static let all = [vgg11, vgg13, vgg16, vgg19]

  /// One of ``all`` by its name.
  public static func named(_ name: String) -> Backbone? {
    all.first { $0.name == name }
  }

  private static func vgg(_ name: String, _ convolutions: [Int]) -> Backbone {
    Backbone(name: name, blocks: zip(convolutions, [64, 128, 256, 512, 512]).map { ($0, $1) })
  }
}

// MARK: - Layers

extension Backbone {
  /// A layer that the network can be cut after: a convolution (with its ReLU) or a pooling.
  public struct Layer: Hashable, Sendable, CustomStringConvertible {
    /// The network that it is of.
    public let backbone: Backbone
    /// As in Keras: `block1_conv1`, `block1_pool`, …
    public let name: String
    /// The last convolution that is computed: its row in ``Backbone/convolutions``.
    public let lastConvolution: Int
    /// Whether the pooling after that convolution is computed, too.
    public let isPooling: Bool

    public var description: String { name }

    /// The convolutions that are computed.
    public var convolutions: ArraySlice<Convolution> { backbone.convolutions[...lastConvolution] }

    /// Whether a pooling is computed after a convolution, by its row.
    func pools(after row: Int) -> Bool {
      backbone.convolutions[row].pooling != nil && (row < lastConvolution || isPooling)
    }

    /// The shape of the layer's output for an input image of `height` × `width` pixels.
    ///
    /// Every pooling before, and this one if it is one, halves height and width, rounding down.
    public func outputShape(height: Int, width: Int) -> FeatureShape {
      let halvings = convolutions.indices.count(where: pools(after:))
      return FeatureShape(
        height: height >> halvings, width: width >> halvings,
        channels: backbone.convolutions[lastConvolution].outputChannels)
    }
  }

  /// All layers, in the order of the network.
  public var layers: [Layer] {
    convolutions.enumerated().flatMap { index, row in
      [Layer(backbone: self, name: row.name, lastConvolution: index, isPooling: false)]
        + (row.pooling.map { [Layer(backbone: self, name: $0, lastConvolution: index, isPooling: true)] } ?? [])
    }
  }

  /// The layer of that name, if there is one.
  public func layer(named name: String) -> Layer? {
    layers.first { $0.name == name }
  }

  /// The last convolution of the network: the usual cut.
  public var lastConvolution: Layer {
    let last = convolutions.count - 1
    return Layer(backbone: self, name: convolutions[last].name, lastConvolution: last, isPooling: false)
  }
}
