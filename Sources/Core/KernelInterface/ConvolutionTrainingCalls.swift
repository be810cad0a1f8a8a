// The steps of training a convolution by Winograd's algorithm. Below, as in WinogradCalls.swift, m is the outputs of a
// tile along one axis, n = m + 2 its inputs, and ξ one of the n × n positions of a transformed tile.
//
// All tiles of a batch are transformed before they are multiplied: [channels / 16][n × n][tiles][16]. A convolution's
// weights are [output channels / 16][input channels][3 × 3][16 output channels].

/// Y = Aᵀ M A for some tiles of a batch; then bias and ReLU, or the mask of a ReLU.
public struct BatchOutputCall {
  /// m of F(m×m, 3×3).
  public let size: Int
  /// M, [blocks][n × n][tiles][16].
  public let input: UnsafePointer<Float>
  /// From one position ξ of M to the next, in floats.
  public let inputPositionStride: Int
  /// From one block of M to the next, in floats.
  public let inputBlockStride: Int
  /// Blocks of 16 channels.
  public let blocks: Int
  /// What a pixel goes through before it is written.
  public let finish: Finish
  /// The origin of the map.
  public let output: UnsafeMutablePointer<Float>
  /// Where in the map each tile's outputs go.
  public let places: UnsafePointer<TileOutputs>
  public let tiles: Int
  /// From one row of the map to the next, in floats; its pixels are 16 floats apart.
  public let rowStride: Int
  /// From one block of the map's channels to the next, in floats.
  public let outputBlockStride: Int
  /// Scratch memory for (n + m) × m × 16 floats.
  public let buffer: UnsafeMutablePointer<Float>

  public enum Finish {
    /// max(y + b, 0), with a bias for each channel.
    case biasAndReLU(UnsafePointer<Float>)
    /// y where a map of the output's strides is greater than 0, 0 elsewhere: the gradient of the ReLU that put that map
    /// out.
    case gradientOfReLU(UnsafePointer<Float>)
    /// y.
    case nothing
  }

  @inlinable
  public init(
    size: Int, input: UnsafePointer<Float>, inputPositionStride: Int, inputBlockStride: Int, blocks: Int,
    finish: Finish, output: UnsafeMutablePointer<Float>, places: UnsafePointer<TileOutputs>, tiles: Int,
    rowStride: Int, outputBlockStride: Int, buffer: UnsafeMutablePointer<Float>
  ) {
    self.size = size
    self.input = input
    self.inputPositionStride = inputPositionStride
    self.inputBlockStride = inputBlockStride
    self.blocks = blocks
    self.finish = finish
    self.output = output
    self.places = places
    self.tiles = tiles
    self.rowStride = rowStride
    self.outputBlockStride = outputBlockStride
    self.buffer = buffer
  }
}

/// U = G g Gᵀ for one panel and some of the channels that are summed over.
public struct WeightTransformCall {
  /// m of F(m×m, 3×3).
  public let size: Int
  /// All of the layer's.
  public let weights: UnsafePointer<Float>
  /// Of the layer.
  public let inputChannels: Int
  /// The panel: of output channels, or, where the weights are turned, of input channels.
  public let panel: Int
  /// The channels that are summed over: input channels, or, where the weights are turned, output channels. Whole blocks
  /// of 16.
  public let channels: Range<Int>
  /// Whether the kernels are turned by 180° and take output channels to input channels: the data gradient's
  /// convolution.
  public let isTurned: Bool
  /// U, [n × n][channels][panel].
  public let output: UnsafeMutablePointer<Float>
  /// From one position ξ of U to the next, in floats.
  public let positionStride: Int
  /// Scratch memory for 3 × n × 16 + (9 + 2) × 256 floats.
  public let buffer: UnsafeMutablePointer<Float>

  @inlinable
  public init(
    size: Int, weights: UnsafePointer<Float>, inputChannels: Int, panel: Int, channels: Range<Int>, isTurned: Bool,
    output: UnsafeMutablePointer<Float>, positionStride: Int, buffer: UnsafeMutablePointer<Float>
  ) {
    self.size = size
    self.weights = weights
    self.inputChannels = inputChannels
    self.panel = panel
    self.channels = channels
    self.isTurned = isTurned
    self.output = output
    self.positionStride = positionStride
    self.buffer = buffer
  }
}

/// M = V · U, or M += V · U, at one position ξ for one panel and some of the channels that are summed over.
public struct BatchProductCall {
  /// V at ξ, from the first of the channels on: [channels / 16][tiles][16].
  public let inputs: UnsafePointer<Float>
  /// From one block of V to the next, in floats.
  public let inputBlockStride: Int
  /// From V at ξ to V at the next position, in floats: prefetched meanwhile.
  public let inputPositionStride: Int
  /// M at ξ: [panel / 16][tiles][16].
  public let outputs: UnsafeMutablePointer<Float>
  /// From one block of M to the next, in floats.
  public let outputBlockStride: Int
  /// U at ξ: [channels][panel].
  public let weights: UnsafePointer<Float>
  public let tiles: Int
  /// A multiple of 16.
  public let channels: Int
  /// Whether the products are added to what M is.
  public let adds: Bool

  @inlinable
  public init(
    inputs: UnsafePointer<Float>, inputBlockStride: Int, inputPositionStride: Int,
    outputs: UnsafeMutablePointer<Float>, outputBlockStride: Int, weights: UnsafePointer<Float>, tiles: Int,
    channels: Int, adds: Bool
  ) {
    self.inputs = inputs
    self.inputBlockStride = inputBlockStride
    self.inputPositionStride = inputPositionStride
    self.outputs = outputs
    self.outputBlockStride = outputBlockStride
    self.weights = weights
    self.tiles = tiles
    self.channels = channels
    self.adds = adds
  }
}

/// dM = A dY Aᵀ for all tiles of a batch, and the bias' gradient Σ dY, for some blocks of channels.
public struct GradientTransformCall {
  /// m of F(m×m, 3×3).
  public let size: Int
  /// dY in blocks of 16 channels; its border is zero.
  public let input: UnsafePointer<Float>
  /// Where, from `input`, each tile's m rows of m pixels of 16 channels begin, in floats.
  public let corners: UnsafePointer<Int>
  public let tiles: Int
  /// From one row of dY to the next, in floats.
  public let rowStride: Int
  /// dM, [n × n][tiles][16].
  public let output: UnsafeMutablePointer<Float>
  /// From one position ξ of dM to the next, in floats.
  public let outputPositionStride: Int
  /// Of the block's 16 channels; overwritten.
  public let biasGradient: UnsafeMutablePointer<Float>
  /// Scratch memory for n × m × 16 floats.
  public let buffer: UnsafeMutablePointer<Float>

  @inlinable
  public init(
    size: Int, input: UnsafePointer<Float>, corners: UnsafePointer<Int>, tiles: Int, rowStride: Int,
    output: UnsafeMutablePointer<Float>, outputPositionStride: Int, biasGradient: UnsafeMutablePointer<Float>,
    buffer: UnsafeMutablePointer<Float>
  ) {
    self.size = size
    self.input = input
    self.corners = corners
    self.tiles = tiles
    self.rowStride = rowStride
    self.output = output
    self.outputPositionStride = outputPositionStride
    self.biasGradient = biasGradient
    self.buffer = buffer
  }
}

/// dU = Vᵀ · dM at one position ξ for one panel and some input channels: the sum over all tiles of a batch.
public struct WeightGradientCall {
  /// V at ξ, from the first of the input channels on: [blocks][tiles][16].
  public let inputs: UnsafePointer<Float>
  /// From one block of V to the next, in floats.
  public let inputBlockStride: Int
  /// Blocks of 16 input channels.
  public let blocks: Int
  /// dM at ξ: [panel / 16][tiles][16].
  public let gradients: UnsafePointer<Float>
  /// From one block of dM to the next, in floats.
  public let gradientBlockStride: Int
  public let tiles: Int
  /// dU at ξ: [blocks × 16][panel].
  public let outputs: UnsafeMutablePointer<Float>

  @inlinable
  public init(
    inputs: UnsafePointer<Float>, inputBlockStride: Int, blocks: Int, gradients: UnsafePointer<Float>,
    gradientBlockStride: Int, tiles: Int, outputs: UnsafeMutablePointer<Float>
  ) {
    self.inputs = inputs
    self.inputBlockStride = inputBlockStride
    self.blocks = blocks
    self.gradients = gradients
    self.gradientBlockStride = gradientBlockStride
    self.tiles = tiles
    self.outputs = outputs
  }
}

/// dW = Gᵀ dU G and Adam's step for one panel and some input channels.
public struct WeightStepCall {
  /// m of F(m×m, 3×3).
  public let size: Int
  /// dU, [n × n][channels][panel].
  public let gradient: UnsafePointer<Float>
  /// From one position ξ of dU to the next, in floats.
  public let positionStride: Int
  /// Input channels.
  public let channels: Int
  /// [panel / 16][channels][3 × 3][16]; updated, as are the moments.
  public let weights: UnsafeMutablePointer<Float>
  public let moment1: UnsafeMutablePointer<Float>
  public let moment2: UnsafeMutablePointer<Float>
  /// From one block of 16 output channels to the next, in floats, of weights and moments.
  public let blockStride: Int
  public let constants: AdamConstants
  /// Scratch memory for (n + 3) × 3 × 16 floats.
  public let buffer: UnsafeMutablePointer<Float>

  @inlinable
  public init(
    size: Int, gradient: UnsafePointer<Float>, positionStride: Int, channels: Int,
    weights: UnsafeMutablePointer<Float>, moment1: UnsafeMutablePointer<Float>,
    moment2: UnsafeMutablePointer<Float>, blockStride: Int, constants: AdamConstants,
    buffer: UnsafeMutablePointer<Float>
  ) {
    self.size = size
    self.gradient = gradient
    self.positionStride = positionStride
    self.channels = channels
    self.weights = weights
    self.moment1 = moment1
    self.moment2 = moment2
    self.blockStride = blockStride
    self.constants = constants
    self.buffer = buffer
  }
}

/// The gradient of ReLU and 2×2 max pooling, or of ReLU alone, for one image and a block of 16 channels.
public struct PoolingGradientCall {
  /// What the ReLU put out, `height` rows of `width` pixels, 16 floats apart.
  public let activations: UnsafePointer<Float>
  public let height: Int
  public let width: Int
  /// From one row of the activations to the next, in floats.
  public let rowStride: Int
  /// By what the pooling put out: height / 2 rows of width / 2 pixels; or by what the ReLU put out.
  public let gradient: UnsafePointer<Float>
  public let gradientRowStride: Int
  public let gradientPixelStride: Int
  /// By what the ReLU took in, of the activations' strides; all pixels are written.
  public let output: UnsafeMutablePointer<Float>

  @inlinable
  public init(
    activations: UnsafePointer<Float>, height: Int, width: Int, rowStride: Int, gradient: UnsafePointer<Float>,
    gradientRowStride: Int, gradientPixelStride: Int, output: UnsafeMutablePointer<Float>
  ) {
    self.activations = activations
    self.height = height
    self.width = width
    self.rowStride = rowStride
    self.gradient = gradient
    self.gradientRowStride = gradientRowStride
    self.gradientPixelStride = gradientPixelStride
    self.output = output
  }
}
