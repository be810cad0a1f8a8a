import KernelInterface

/// Multiplies transformed tiles by transformed weights at one position ξ, for one panel of output channels.
///
/// The channels of a call are summed in registers, first to last, and their sum is added to what M is: so the order of
/// sums depends on how the caller cuts the channels into calls, and on nothing else.
@inline(never)
func multiplyBatch(_ call: BatchProductCall) {
  var tile = 0

  /// Multiplies as many whole blocks of rows as are left.
  @inline(__always)
  func multiply<Block: Accumulators>(_: Block.Type) {
    while tile + Block.rows <= call.tiles {
      var sums = Block(Panel.zero)
      var inputs = call.inputs + tile * 16
      var weights = call.weights
      for _ in 0..<call.channels / 16 {
        for row in 0..<Block.rows { prefetch(inputs + call.inputPositionStride + row * 16) }
        sums.addSixteenChannels(inputs, weights: weights)
        weights += 16 * Panel.width
        inputs += call.inputBlockStride
      }
      let outputs = call.outputs + tile * 16
      if call.adds { sums.add(outputs, stride: 16, blockStride: call.outputBlockStride) }
      sums.store(outputs, stride: 16, blockStride: call.outputBlockStride)
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
