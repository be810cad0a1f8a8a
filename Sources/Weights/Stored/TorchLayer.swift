/// A layer of a whole PyTorch model, as its pickle describes it: `torch.save(model, …)` writes every module's attributes.
struct TorchLayer {
  /// Classes of torch.nn, by their names.
  enum Kind: String {
    case convolution = "Conv2d"
    case maxPooling = "MaxPool2d"
    case averagePooling = "AvgPool2d"
    case adaptiveMaxPooling = "AdaptiveMaxPool2d"
    case adaptiveAveragePooling = "AdaptiveAvgPool2d"
    case leakyReLU = "LeakyReLU"
    case parametricReLU = "PReLU"
    case boundedReLU = "ReLU6"
    case elu = "ELU"
    case selu = "SELU"
    case gelu = "GELU"
    case silu = "SiLU"
    case sigmoid = "Sigmoid"
    case tanh = "Tanh"
    case softplus = "Softplus"
    case hardSwish = "Hardswish"
    case upsampling = "Upsample"
    case padding = "ZeroPad2d"
  }

  /// Of the module: `features.4`.
  let name: String
  /// Nil for what a VGG may have, and for classes that nothing is known of.
  let kind: Kind?
  /// What is other than a VGG has it: "ceil_mode true"; nil where nothing is.
  let peculiarity: String?
}

extension TorchLayer {
  /// - Parameters:
  ///   - name: of the module.
  ///   - kind: nil for a class that nothing is known of.
  ///   - attributes: numbers, each as often as a tuple has it, and truths as 0 and 1.
  init(_ name: String, _ kind: Kind?, attributes: [String: [Int]]) {
    (self.name, self.kind) = (name, kind)
    func differing(_ expected: KeyValuePairs<String, Int>) -> String? {
      let difference = expected.first { name, value in attributes[name]?.contains { $0 != value } ?? false }
      return difference.map { "\($0.key) \(attributes[$0.key]!.timesJoined)" }
    }
    switch kind {
    case nil: peculiarity = nil
    case .convolution: peculiarity = differing(["stride": 1, "padding": 1, "dilation": 1, "groups": 1])
    case .maxPooling:
      peculiarity = differing(["kernel_size": 2, "stride": 2, "padding": 0, "dilation": 1, "ceil_mode": 0])
    default: peculiarity = kind?.rawValue
    }
  }

  /// What an error message calls a layer that no VGG has between its convolutions; nil for one that it may have.
  var obstacle: String? {
    guard let kind, let peculiarity, kind != .convolution else { return nil }
    return "module \(name) (\(kind.rawValue)\(peculiarity == kind.rawValue ? "" : " with \(peculiarity)"))"
  }

  /// How a convolution is applied, where that is not as a VGG does.
  var application: StoredConvolution.Application? {
    guard kind == .convolution, let peculiarity else { return nil }
    return StoredConvolution.Application(isPadded: true, peculiarity: peculiarity)
  }
}
