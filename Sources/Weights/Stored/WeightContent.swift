import Core

/// What a reader finds in a weight file, whatever its format.
package struct WeightContent: Sendable {
  /// For people: "ONNX", "Keras HDF5 (legacy)".
  package private(set) var format: String
  /// Everything in the file, in its order.
  package let tensors: [ListedTensor]
  /// In the order in which the image passes through them.
  package let chain: ConvolutionChain
  /// Networks that are only a part of what is in the file, the outer ones first.
  package var parts: [NetworkPart] = []
  /// What the file itself says that is done to an image in front of the first convolution.
  package var stated: StatedPreprocessing?
  /// Whether the kernels are turned by 180°, where the file says.
  package var turned: Bool?
  /// Whether it is of a kind that holds kernels of either orientation, and says which only where it names its backend.
  package var namesNoBackend = false

  /// What the file says that is done to an image, where that is plain.
  package var preprocessing: Preprocessing? {
    guard case .plain(let preprocessing, _)? = stated else { return nil }
    return preprocessing
  }

  /// The same under another name of the format.
  func called(_ format: String) -> WeightContent {
    var content = self
    content.format = format
    return content
  }
}

/// A network that is only a part of what a file holds: a nested model, a module, an entry of a checkpoint.
package struct NetworkPart: Sendable {
  /// As the file calls it.
  package let name: String
  /// The entry of a checkpoint that it is in, `model` or `ema`: of several that would do, the first is taken.
  package var entry: String?
  package let chain: ConvolutionChain

  package init(name: String, entry: String? = nil, chain: ConvolutionChain) {
    (self.name, self.entry, self.chain) = (name, entry, chain)
  }
}

/// What a weight file, or one beside it, says that is done to an image in front of the network.
package enum StatedPreprocessing: Sendable, Equatable {
  /// - Parameter by: what says it: "its layer rescaling", "preprocessor.json".
  case plain(Preprocessing, by: String)
  /// What stands there, which is not understood: "its layer lambda (Lambda)".
  case unclear(String)
}
