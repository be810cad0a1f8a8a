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
  /// - Throws: ``Unreadable``, or HDF5Error.
  func contents() throws -> (tensors: [ListedTensor], chain: ConvolutionChain) {
    var tensors: [ListedTensor] = []
    var chain = ConvolutionChain()
    for layer in layers {
      var weights = try weights(of: layer)[...]
      tensors += weights.map(ListedTensor.init)
      while let weight = weights.popFirst() {
        if weight.shape.count == 4 {
          let bias = weights.first?.shape.count == 1 ? weights.popFirst() : nil
          chain.append(try StoredConvolution(kerasLayer: layer, kernel: weight, bias: bias))
        } else {
          chain.appendOther("layer \(layer), with \(weight.path),")
        }
      }
    }
    return (tensors, chain)
  }

  private func weights(of layer: String) throws -> [HDF5Dataset] {
    let group = try container.group(layer)
    let names = try group.names("weight_names") ?? group.numberedNames("param_", countedBy: "nb_params")
    guard let names else { throw Unreadable("layer \(layer) lists no weights (attribute weight_names)") }
    return try names.map { try group.dataset($0) }
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
