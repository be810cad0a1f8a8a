// The matrix products in the middle of a Winograd convolution (Lavin and Gray 2015, section 4): at each of the n × n
// positions ξ of a transformed tile, tiles × input channels times input channels × output channels.

import KernelInterface

/// Input channels that are summed in registers before the sums go to memory.
///
/// This many weights of a panel stay in the first-level cache for all tiles; and sums of sums of 128 err less than sums
/// of 512.
private let depth = 128

/// Multiplies the transformed tiles by the transformed weights at one position ξ.
@inline(never)
func winogradMultiply(_ call: WinogradProductCall) {
  let (tiles, inputChannels, outputChannels) = (call.tiles, call.inputChannels, call.outputChannels)
  let (groupStride, blockStride) = (call.groupStride, call.blockStride)
  let chunksAhead = 48 / max(1, min(tiles, 48))
  for panel in 0..<outputChannels / Panel.width {
    let outputs = call.outputs + panel * (Panel.width / 16) * blockStride
    for channel in stride(from: 0, to: inputChannels, by: depth) {
      let inputs = call.inputs + channel / 16 * blockStride
      let weights = call.weights + (panel * inputChannels + channel) * Panel.width
      let channels = min(depth, inputChannels - channel)
      let isLast = panel == outputChannels / Panel.width - 1
      var tile = 0

      /// Multiplies as many whole blocks of rows as are left.
      @inline(__always)
      func multiply<Block: Accumulators>(_: Block.Type) {
        while tile + Block.rows <= tiles {
          let offset = tile / tilesInGroup * groupStride + tile % tilesInGroup * 16
          // The first two groups prefetch weights, one line each for every one that they read two of: those that come
          // next or, where few tiles leave little time, come later.
          let ahead = tile < 2 * tilesInGroup ? channels * (Panel.width * chunksAhead + tile / tilesInGroup * 16) : 0
          var sums = dotProducts(
            Block.self, inputs + offset, blockStride: blockStride, weights: weights, channels: channels,
            weightsAhead: ahead, prefetchesInputs: isLast)
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
///   - weightsAhead: how many floats further the weights lie that are to be prefetched.
///   - prefetchesInputs: whether to prefetch the inputs at the next position ξ, which lie next to these.
@inline(__always)
private func dotProducts<Block: Accumulators>(
  _: Block.Type, _ inputs: UnsafePointer<Float>, blockStride: Int, weights: UnsafePointer<Float>, channels: Int,
  weightsAhead: Int, prefetchesInputs: Bool
) -> Block {
  var sums = Block(Panel.zero)
  var inputs = inputs
  var weights = weights
  var next = weights + weightsAhead
  for _ in 0..<channels / 16 {
    if prefetchesInputs {
      for row in 0..<Block.rows { prefetch(inputs + positionStride + row * 16) }
    }
    for channel in 0..<16 {
      sums.add(inputs + channel, stride: 16, times: Panel(at: weights))
      prefetch(next)
      weights += Panel.width
      next += 16
    }
    inputs += blockStride
  }
  return sums
}
