import HDF5

/// Keras' first HDF5 layout, written by Keras 1 and 2 and, as "legacy", by Keras 3 (keras/src/legacy/saving/
/// legacy_h5_format.py): attributes list the layers, and each layer's weights, in the model's order. The names themselves
/// mean nothing; Keras goes by the order, and so does this.
///
/// The first versions numbered both instead: `layer_0/param_0`.
struct KerasLegacyLayout {
  /// What holds the layers' groups.
  private let container: any HDF5Container
  /// The layers' names, in the model's order.
  private let layers: [String]
  /// Whether the file holds the architecture, too, and perhaps the optimizer's state.
  let isWholeModel: Bool

  /// Nil if the file has another layout.
  init?(_ file: HDF5File) throws {
    isWholeModel = try !file.hasNames("layer_names") && file.kind(of: "model_weights") == .group
    container = isWholeModel ? try file.group("model_weights") : file
    if let names = try container.names("layer_names") {
      layers = names
    } else if let names = try container.numberedNames("layer_", countedBy: "nb_layers") {
      layers = names
    } else {
      return nil
    }
  }

  /// What computed with the weights: "tensorflow", "theano". Keras 1 didn't say.
  func backend() throws -> String? {
    try container.hasAttribute("backend") ? container.attribute("backend") : nil
  }

  /// In the model's order. A layer may itself be a model with many weights: VGG16 under a new head is one.
  ///
  /// - Parameter configuration: of the model; with it, the layers' own order is known, and what has no weights.
  /// - Throws: ``Unreadable``, or HDF5Error.
  func contents(
    _ configuration: KerasConfiguration?
  ) throws -> (tensors: [ListedTensor], chain: ConvolutionChain, parts: [NetworkPart]) {
    let contents = try layers.map { KerasLegacyLayer(name: $0, weights: try weights(of: $0)) }
    let tensors = contents.flatMap(\.weights).map(ListedTensor.init)
    if let configuration, let arranged = try configuration.arranged(contents) {
      return (tensors, arranged.chain, arranged.parts)
    }
    var chain = KerasChain()
    for layer in contents { try layer.add(to: &chain) }
    let parts = try contents.filter(\.isModel).map { layer in
      var chain = KerasChain()
      try layer.add(to: &chain)
      return NetworkPart(name: layer.name, chain: chain.chain)
    }
    return (tensors, chain.chain, parts)
  }

  /// Of the Normalization layers, by name, also of those inside of models.
  ///
  /// - Throws: ``Unreadable``, or HDF5Error.
  func moments() throws -> [String: KerasMoments] {
    var found: [String: KerasMoments] = [:]
    for name in layers {
      let layer = KerasLegacyLayer(name: name, weights: try weights(of: name))
      for (name, weights) in layer.weightsByLayer {
        if let moments = try KerasMoments(weights: weights) { found[name] = found[name] ?? moments }
      }
    }
    return found
  }

  private func weights(of layer: String) throws -> [HDF5Dataset] {
    let group = try container.group(layer)
    let names = try group.names("weight_names") ?? group.numberedNames("param_", countedBy: "nb_params")
    guard let names else { throw Unreadable("layer \(layer) lists no weights (attribute weight_names)") }
    return try names.map { try group.dataset($0) }
  }
}

/// A layer, or a model inside the model, with all of its weights. Those that are trained come first.
private struct KerasLegacyLayer {
  let name: String
  let weights: [HDF5Dataset]

  /// What belongs together: a convolution's kernel and bias; or one tensor of another layer.
  struct Item {
    /// Of the layer, as its weights' names have it.
    let layer: String
    let kernel: HDF5Dataset
    var bias: HDF5Dataset?

    var isConvolution: Bool { kernel.shape.count == 4 }
  }

  /// Whether there are convolutions enough for a VGG.
  var isModel: Bool { weights.count { $0.shape.count == 4 } >= 8 }

  var items: [Item] {
    var items: [Item] = []
    var rest = weights[...]
    while let weight = rest.popFirst() {
      var item = Item(layer: layerName(of: weight), kernel: weight)
      if item.isConvolution, rest.first?.shape.count == 1 { item.bias = rest.popFirst() }
      items.append(item)
    }
    return items
  }

  /// Of a model inside the model, the layer inside: `vgg16/block1_conv1/kernel:0`.
  private func layerName(of weight: HDF5Dataset) -> String {
    let components = weight.path.split(separator: "/")
    guard isModel, components.count > 1 else { return name }
    return String(components[components.count - 2])
  }

  /// The weights that follow each other and are of one layer.
  var weightsByLayer: [(layer: String, weights: [HDF5Dataset])] {
    var runs: [(layer: String, weights: [HDF5Dataset])] = []
    for weight in weights {
      let layer = layerName(of: weight)
      if runs.last?.layer == layer {
        runs[runs.count - 1].weights.append(weight)
      } else {
        runs.append((layer, [weight]))
      }
    }
    return runs
  }

  func add(to chain: inout KerasChain) throws {
    for item in items {
      if item.isConvolution {
        try chain.append(item.layer, kernel: item.kernel, bias: item.bias, nil)
      } else {
        chain.appendOther("layer \(item.layer), with \(item.kernel.path),")
      }
    }
  }
}

extension KerasConfiguration {
  /// The convolutions in the model's order; nil where some of the file's are of layers that it doesn't have.
  fileprivate func arranged(
    _ contents: [KerasLegacyLayer]
  ) throws -> (chain: ConvolutionChain, parts: [NetworkPart])? {
    guard let layers else { return nil }
    let stored = Dictionary(contents.map { ($0.name, $0) }) { first, _ in first }
    var whole = KerasChain()
    var parts: [NetworkPart] = []
    var found = 0
    for layer in layers {
      let convolutions = (stored[layer.name]?.items ?? []).filter(\.isConvolution)
      let items = Dictionary(convolutions.map { ($0.layer, $0) }) { first, _ in first }
      var part = KerasChain()
      for leaf in layer.leaves {
        if let item = items[leaf.name] {
          found += 1
          try whole.append(leaf.name, kernel: item.kernel, bias: item.bias, leaf)
          try part.append(leaf.name, kernel: item.kernel, bias: item.bias, leaf)
        } else {
          whole.append(leaf)
          part.append(leaf)
        }
      }
      if layer.layers != nil { parts.append(NetworkPart(name: layer.name, chain: part.chain)) }
    }
    guard found == contents.reduce(0, { $0 + $1.items.count(where: \.isConvolution) }) else { return nil }
    return (whole.chain, parts)
  }
}

extension HDF5Object {
  fileprivate func hasNames(_ attribute: String) throws -> Bool {
    try hasAttribute(attribute) || hasAttribute(attribute + "0")
  }

  /// An attribute that lists names, if there is one. HDF5 allows an attribute 64 KiB, so Keras splits a long list:
  /// `layer_names0`, `layer_names1`, …
  fileprivate func names(_ attribute: String) throws -> [String]? {
    if try hasAttribute(attribute) { return try self.attribute(attribute) }
    guard try hasNames(attribute) else { return nil }
    var names: [String] = []
    var part = 0
    while try hasAttribute("\(attribute)\(part)") {
      names += try self.attribute("\(attribute)\(part)", as: [String].self)
      part += 1
    }
    return names
  }

  /// `stem` with 0, 1, … behind it, as many as an attribute says, if there is one.
  fileprivate func numberedNames(_ stem: String, countedBy attribute: String) throws -> [String]? {
    guard try hasAttribute(attribute) else { return nil }
    let count = try self.attribute(attribute, as: Int.self)
    guard 0...1000 ~= count else { throw Unreadable("attribute \(attribute) is \(count), which no VGG16 has") }
    return (0..<count).map { "\(stem)\($0)" }
  }
}
