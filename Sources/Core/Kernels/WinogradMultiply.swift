// The matrix products in the middle of a Winograd convolution (Lavin and Gray 2015, section 4): at each of the n × n
// positions ξ of a transformed tile, tiles × input channels times input channels × output channels.

import KernelInterface

/// Input channels at most that all tiles are multiplied for before the next are: so many weights of a panel stay in the
/// first-level cache.
private let depth = 128

/// Multiplies the transformed tiles by the transformed weights at one position ξ.
///
/// What is needed next is prefetched in small shares, some lines for every sixteen channels: in a burst it takes up to
/// a tenth more time.
@inline(never)
func winogradMultiply(_ call: WinogradProductCall) {
  let (tiles, inputChannels, outputChannels) = (call.tiles, call.inputChannels, call.outputChannels)
  let (groupStride, blockStride) = (call.groupStride, call.blockStride)
  let depth = min(call.channelsInSum, depth)
  let panels = outputChannels / Panel.width
  let blocks = (tiles + MostRows.rows - 1) / MostRows.rows
  // Weights as many chunks ahead as take the time of 48 tiles; each block of rows brings its share of a chunk.
  let chunksAhead = 48 / max(1, min(tiles, 48))
  let weightLines = (Panel.width + blocks - 1) / blocks
  // The inputs at the next position ξ: each panel brings some tiles.
  let inputLines = (MostRows.rows + panels - 1) / panels
  for panel in 0..<panels {
    let outputs = call.outputs + panel * (Panel.width / 16) * blockStride
    for channel in stride(from: 0, to: inputChannels, by: depth) {
      let inputs = call.inputs + channel / 16 * blockStride
      let weights = call.weights + (panel * inputChannels + channel) * Panel.width
      let channels = min(depth, inputChannels - channel)
      let next = weights + channels * Panel.width * chunksAhead
      var tile = 0

      /// Multiplies as many whole blocks of rows as are left.
      @inline(__always)
      func multiply<Block: Accumulators>(_: Block.Type) {
        let inputRows = min(panel * inputLines, Block.rows)..<min((panel + 1) * inputLines, Block.rows)
        while tile + Block.rows <= tiles {
          let offset = tile / tilesInGroup * groupStride + tile % tilesInGroup * 16
          let share = tile / MostRows.rows * weightLines * channels
          var sums = dotProducts(
            Block.self, inputs + offset, blockStride: blockStride, weights: weights, channels: channels,
            next: next + share, weightLines: weightLines, inputRows: inputRows)
          if channel > 0 { sums.add(outputs + offset, stride: 16, blockStride: blockStride) }
          sums.store(outputs + offset, stride: 16, blockStride: blockStride)
          tile += Block.rows
        }
      }
      multiply(MostRows.self)
      #if AVX512
        multiply(EightRows.self)
      #endif
      multiply(FourRows.self)
      multiply(TwoRows.self)
      multiply(OneRow.self)
    }
  }
}

/// The products of some neighbouring tiles of a group with a panel, summed over the input channels, first to last.
///
/// - Parameters:
///   - next: the weights that are to be prefetched, `weightLines` lines of sixteen for every sixteen channels.
///   - inputRows: of which rows to prefetch the inputs at the next position ξ, which lie next to these.
@inline(__always)
private func dotProducts<Block: Accumulators>(
  _: Block.Type, _ inputs: UnsafePointer<Float>, blockStride: Int, weights: UnsafePointer<Float>, channels: Int,
  next: UnsafePointer<Float>, weightLines: Int, inputRows: Range<Int>
) -> Block {
  var sums = Block(Panel.zero)
  var inputs = inputs
  var weights = weights
  var next = next
  for _ in 0..<channels / 16 {
    for row in inputRows { prefetch(inputs + positionStride + row * 16) }
    for _ in 0..<weightLines {
      prefetch(next)
      next += 16
    }
    sums.addSixteenChannels(inputs, weights: weights)
    weights += 16 * Panel.width
    inputs += blockStride
  }
  return sums
}
