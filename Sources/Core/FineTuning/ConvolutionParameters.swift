import KernelInterface

/// The weights and biases of a convolution in training, and Adam's two moments of each.
package final class ConvolutionParameters {
  package let inputChannels: Int
  package let outputChannels: Int
  package let kernel: ConvolutionKernel
  package let kernelMoment1: ConvolutionKernel
  package let kernelMoment2: ConvolutionKernel
  package let bias: Parameter

  package init(_ weights: BackboneWeights.Convolution, inputChannels: Int, outputChannels: Int) {
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    (kernel, kernelMoment1, kernelMoment2) = (
      ConvolutionKernel(inputChannels: inputChannels, outputChannels: outputChannels),
      ConvolutionKernel(inputChannels: inputChannels, outputChannels: outputChannels),
      ConvolutionKernel(inputChannels: inputChannels, outputChannels: outputChannels)
    )
    bias = Parameter(rows: 1, columns: outputChannels, training: true)
    kernel.values = weights.kernel
    bias.value.values = weights.bias
  }

  package var weights: BackboneWeights.Convolution {
    BackboneWeights.Convolution(kernel: kernel.values, bias: bias.value.values)
  }
}

/// What a convolution has one of for every weight, as the kernels of training take it:
/// [output channels / 16][input channels][3 × 3][16 output channels].
package final class ConvolutionKernel {
  let start: UnsafeMutablePointer<Float>
  private let memory: AlignedMemory<Float>
  private let inputChannels: Int
  private let outputChannels: Int

  /// Zeros.
  init(inputChannels: Int, outputChannels: Int) {
    precondition(inputChannels % 16 == 0 && outputChannels % 32 == 0)
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    memory = AlignedMemory(count: 9 * inputChannels * outputChannels)
    start = memory.start
  }

  /// From one block of 16 output channels to the next, in floats.
  var blockStride: Int { inputChannels * 9 * 16 }

  /// Where the weights of a block of output channels begin, from an input channel on.
  func place(block: Int, input: Int) -> UnsafeMutablePointer<Float> {
    start + block * blockStride + input * 9 * 16
  }

  /// 3×3×Cin×Cout: Keras' order.
  package var values: [Float] {
    get {
      [Float](unsafeUninitializedCapacity: memory.count) { buffer, count in
        forEachSixteen { place, index in (buffer.baseAddress! + index).initialize(from: place, count: 16) }
        count = memory.count
      }
    }
    set {
      precondition(newValue.count == memory.count, "\(newValue.count) weights for \(memory.count)")
      newValue.withUnsafeBufferPointer { buffer in
        forEachSixteen { place, index in place.update(from: buffer.baseAddress! + index, count: 16) }
      }
    }
  }

  /// Calls `body` for each tap, input channel and block of output channels: where they lie here, and in Keras' order.
  private func forEachSixteen(_ body: (_ place: UnsafeMutablePointer<Float>, _ index: Int) -> Void) {
    for tap in 0..<9 {
      for input in 0..<inputChannels {
        for block in 0..<outputChannels / 16 {
          body(
            place(block: block, input: input) + tap * 16, (tap * inputChannels + input) * outputChannels + block * 16)
        }
      }
    }
  }
}
