// The three steps of a Winograd convolution on some tiles. Below, m is the outputs of a tile along one axis, n = m + 2 its
// inputs, and ξ one of the n × n positions of a transformed tile.

/// Tiles that lie together in the scratch memory of a convolution.
@inlinable public var tilesInGroup: Int { @inline(__always) get { 12 } }

/// V = Bᵀ d B for a group's tiles, all channels.
public struct InputTransformCall {
  /// m of F(m×m, 3×3): 2…7.
  public let size: Int
  /// Activations in blocks of 16 channels.
  public let input: UnsafePointer<Float>
  /// Where, from `input`, each tile's n rows of n pixels of 16 channels begin, in floats.
  public let corners: UnsafePointer<Int>
  /// How many tiles, at most ``tilesInGroup``.
  public let tiles: Int
  /// From one row of the input to the next, in floats.
  public let rowStride: Int
  /// From one block of the input's channels to the next, in floats.
  public let inputBlockStride: Int
  /// Blocks of 16 channels.
  public let blocks: Int
  /// V, [blocks][n × n][tilesInGroup][16].
  public let output: UnsafeMutablePointer<Float>
  /// From one block of V to the next, in floats.
  public let outputBlockStride: Int
  /// Scratch memory for n × n × 16 floats.
  public let buffer: UnsafeMutablePointer<Float>

  @inlinable
  public init(
    size: Int, input: UnsafePointer<Float>, corners: UnsafePointer<Int>, tiles: Int, rowStride: Int,
    inputBlockStride: Int, blocks: Int, output: UnsafeMutablePointer<Float>, outputBlockStride: Int,
    buffer: UnsafeMutablePointer<Float>
  ) {
    self.size = size
    self.input = input
    self.corners = corners
    self.tiles = tiles
    self.rowStride = rowStride
    self.inputBlockStride = inputBlockStride
    self.blocks = blocks
    self.output = output
    self.outputBlockStride = outputBlockStride
    self.buffer = buffer
  }
}

/// M = V · U at one position ξ, for any number of tiles.
public struct WinogradProductCall {
  /// V at ξ: [group][input channels / 16][12 tiles][16 channels].
  public let inputs: UnsafePointer<Float>
  /// M at ξ: [group][output channels / 16][12 tiles][16 channels], with the same strides.
  public let outputs: UnsafeMutablePointer<Float>
  /// U at ξ: [output channels / panel][input channels][panel].
  public let weights: UnsafePointer<Float>
  public let tiles: Int
  public let inputChannels: Int
  public let outputChannels: Int
  /// How many input channels are summed in registers, first to last, before the sums are added to what M is; at most 128, a
  /// multiple of 16. The fewer, the smaller the error, and the longer it takes.
  public let channelsInSum: Int
  /// From one group of tiles to the next, in floats.
  public let groupStride: Int
  /// From one block of 16 channels to the next, in floats.
  public let blockStride: Int

  @inlinable
  public init(
    inputs: UnsafePointer<Float>, outputs: UnsafeMutablePointer<Float>, weights: UnsafePointer<Float>, tiles: Int,
    inputChannels: Int, outputChannels: Int, channelsInSum: Int, groupStride: Int, blockStride: Int
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.weights = weights
    self.tiles = tiles
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.channelsInSum = channelsInSum
    self.groupStride = groupStride
    self.blockStride = blockStride
  }
}

/// Where a tile's outputs go.
public struct TileOutputs: BitwiseCopyable {
  /// Of the first one, in floats from the map's origin.
  public let offset: Int
  /// How many rows and columns of them (after any pooling) are written; others lie beyond the map.
  public let rows: Int
  public let columns: Int

  @inlinable
  public init(offset: Int, rows: Int, columns: Int) {
    self.offset = offset
    self.rows = rows
    self.columns = columns
  }
}

/// Y = Aᵀ M A for a group's tiles, all channels; then bias, ReLU and any pooling.
public struct OutputTransformCall {
  /// m of F(m×m, 3×3): 2…7. If it is odd and `pools`, every four tiles lie two by two in the map, by rows.
  public let size: Int
  /// M, [blocks][n × n][tilesInGroup][16].
  public let input: UnsafePointer<Float>
  /// From one block of M to the next, in floats.
  public let inputBlockStride: Int
  /// Blocks of 16 channels.
  public let blocks: Int
  /// One for each channel.
  public let bias: UnsafePointer<Float>
  /// The origin of the map.
  public let output: UnsafeMutablePointer<Float>
  /// Where in the map each tile's outputs go; those of every four tiles that lie two by two.
  public let places: UnsafePointer<TileOutputs>
  /// How many tiles, at most ``tilesInGroup``.
  public let tiles: Int
  /// From one row of the map to the next, in floats.
  public let rowStride: Int
  /// From one pixel of the map to the next, in floats.
  public let pixelStride: Int
  /// From one block of the map's channels to the next, in floats.
  public let outputBlockStride: Int
  /// Whether the maximum of every 2×2 is taken.
  public let pools: Bool
  /// Scratch memory for (n + m) × m × 16 floats, or (n + 4 m) × m × 16 where four tiles are pooled together.
  public let buffer: UnsafeMutablePointer<Float>

  @inlinable
  public init(
    size: Int, input: UnsafePointer<Float>, inputBlockStride: Int, blocks: Int, bias: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, places: UnsafePointer<TileOutputs>, tiles: Int, rowStride: Int,
    pixelStride: Int, outputBlockStride: Int, pools: Bool, buffer: UnsafeMutablePointer<Float>
  ) {
    self.size = size
    self.input = input
    self.inputBlockStride = inputBlockStride
    self.blocks = blocks
    self.bias = bias
    self.output = output
    self.places = places
    self.tiles = tiles
    self.rowStride = rowStride
    self.pixelStride = pixelStride
    self.outputBlockStride = outputBlockStride
    self.pools = pools
    self.buffer = buffer
  }
}
