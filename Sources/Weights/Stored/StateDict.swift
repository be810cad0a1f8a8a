/// A PyTorch state dict: tensors by names such as `features.0.weight`, where `features.0` is a module.
struct StateDict {
  /// In the network's order.
  let tensors: [StoredTensor]
  /// Of a whole model, in its order: with these it is known how convolutions are applied.
  private let layers: [TorchLayer]

  init(inOrder tensors: [StoredTensor], layers: [TorchLayer] = []) {
    (self.tensors, self.layers) = (tensors, layers)
  }

  /// For files that keep their own order: sorted by name, and numbers in names by value.
  init(unordered tensors: [StoredTensor]) {
    self.init(inOrder: tensors.map { (NaturalName($0.name), $0) }.sorted { $0.0 < $1.0 }.map(\.1))
  }

  /// The convolutions, with batch normalisations (as in torchvision's vgg16_bn) to be folded into them.
  func chain() -> ConvolutionChain {
    var chain = ConvolutionChain()
    for module in modules {
      if var convolution = module.convolution {
        // Kernels of 7×7 and 1×1 are of a head, and applied in other ways.
        if convolution.kernel.shape.prefix(2) == [3, 3] { convolution.application = module.layer?.application }
        chain.append(convolution)
      } else if let normalization = module.batchNormalization, chain.append(normalization) {
        continue
      } else if !module.tensors.isEmpty {
        chain.appendOther("module \(module.name)")
      } else if let obstacle = module.layer?.obstacle {
        chain.appendOther(obstacle)
      }
    }
    return chain
  }

  /// The modules with convolutions enough for a VGG, the outer ones first.
  ///
  /// - Parameter entry: of a checkpoint that this is.
  func parts(of entry: String? = nil) -> [NetworkPart] {
    var counts: [String: Int] = [:]
    var order: [String] = []
    for tensor in tensors where tensor.shape.count == 4 {
      var module = tensor.name[...]
      // A few levels are enough for any model; a hostile name has as many as it likes.
      for _ in 0..<8 {
        guard let dot = module.lastIndex(of: ".") else { break }
        module = module[..<dot]
        if counts.updateValue((counts[String(module)] ?? 0) + 1, forKey: String(module)) == nil {
          order.append(String(module))
        }
      }
    }
    let modules = order.filter { counts[$0, default: 0] >= 8 }.sorted { $0.utf8.count < $1.utf8.count }
    let whole = entry.map { [NetworkPart(name: $0, entry: $0, chain: chain())] } ?? []
    return whole
      + modules.prefix(64).map { module in
        let inside = tensors.filter { $0.name.hasPrefix(module + ".") }
        return NetworkPart(
          name: module, entry: entry,
          chain: StateDict(inOrder: inside, layers: layers.filter { $0.name.hasPrefix(module + ".") }).chain())
      }
  }

  /// The tensors gathered by module, in the whole model's order, or else that in which modules first appear.
  private var modules: [Module] {
    var modules = layers.map { Module(name: $0.name, layer: $0) }
    var positions = Dictionary(zip(layers.map(\.name), modules.indices)) { first, _ in first }
    for tensor in tensors {
      let (name, parameter) = tensor.name.splitAtLastDot
      let position = positions[name] ?? modules.count
      if position == modules.count {
        positions[name] = position
        modules.append(Module(name: name))
      }
      modules[position].tensors[parameter] = tensor
    }
    return modules
  }

  private struct Module {
    let name: String
    var layer: TorchLayer?
    var tensors: [String: StoredTensor] = [:]

    /// Conv2d: the weight is output × input × height × width.
    var convolution: StoredConvolution? {
      guard let weight = tensors["weight"], weight.shape.count == 4 else { return nil }
      return StoredConvolution(name: name, kernel: weight.transposed([2, 3, 1, 0]), bias: tensors["bias"])
    }

    /// BatchNorm2d. A state dict doesn't hold epsilon; PyTorch's default is 1e-5.
    var batchNormalization: StoredConvolution.Follower? {
      guard let scale = tensors["weight"], let offset = tensors["bias"],
        let mean = tensors["running_mean"], let variance = tensors["running_var"]
      else { return nil }
      return .batchNormalization(scale: scale, offset: offset, mean: mean, variance: variance, epsilon: 1e-5)
    }
  }
}

extension String {
  fileprivate var splitAtLastDot: (module: String, parameter: String) {
    guard let dot = lastIndex(of: ".") else { return ("", self) }
    return (String(self[..<dot]), String(self[index(after: dot)...]))
  }
}

/// A name whose numbers are ordered by value: features.2 comes before features.10.
private struct NaturalName: Comparable {
  private let parts: [(text: Substring, number: Int)]

  init(_ name: String) {
    parts = name.split(separator: ".").map { part in Int(part).map { ("", $0) } ?? (part, 0) }
  }

  static func == (a: NaturalName, b: NaturalName) -> Bool {
    a.parts.elementsEqual(b.parts, by: ==)
  }

  static func < (a: NaturalName, b: NaturalName) -> Bool {
    a.parts.lexicographicallyPrecedes(b.parts, by: <)
  }
}
