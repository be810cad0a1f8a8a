import HDF5

/// Gathers the convolutions of a Keras model, layer by layer, with what its configuration says of how each is applied.
struct KerasChain {
  private(set) var chain = ConvolutionChain()
  /// Whether a layer in front has padded what comes in.
  private var isPadded = false

  /// - Parameters:
  ///   - layer: its name.
  ///   - configuration: nil where the file doesn't say how it is applied.
  mutating func append(
    _ layer: String, kernel: HDF5Dataset, bias: HDF5Dataset?, _ configuration: KerasConfiguration?
  ) throws {
    var convolution = try StoredConvolution(kerasLayer: layer, kernel: kernel, bias: bias)
    if let configuration, configuration.isConvolution {
      convolution.application = configuration.application(isPadded: isPadded)
      chain.append(convolution)
    } else if let configuration {
      // A transposed or separable convolution has such kernels, too.
      chain.appendOther(configuration.label)
    } else {
      chain.append(convolution)
    }
    isPadded = false
  }

  /// - Parameter layer: what an error message calls it.
  mutating func appendOther(_ layer: String) {
    chain.appendOther(layer)
  }

  /// Adds a layer that is no convolution.
  mutating func append(_ layer: KerasConfiguration) {
    if layer.padsByOne {
      isPadded = true
    } else if let pooling = layer.pooling {
      chain.updateLast { $0.poolings.append(pooling) }
    } else if let activation = layer.activation, activation != "linear" {
      chain.updateLast { $0.activation = $0.activation ?? activation }
    } else if !layer.isNeutral || layer.className.hasPrefix("ZeroPadding") || layer.className.hasPrefix("Cropping") {
      chain.appendOther(layer.label)
    }
  }
}
