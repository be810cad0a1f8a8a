import HDF5

/// Keras' first HDF5 layout, written by Keras 1 and 2 and, as "legacy", by Keras 3 (keras/src/legacy/saving/
/// legacy_h5_format.py): attributes list the layers, and each layer's weights, in the model's order. The names themselves
/// mean nothing; Keras goes by the order, and so does this.
struct KerasLegacyLayout {
  /// What holds the layers' groups.
  private let layers: any HDF5Container
  /// Whether the file holds the architecture, too, and perhaps the optimizer's state.
  let isWholeModel: Bool

  /// Nil if the file has another layout.
  init?(_ file: HDF5File) throws {
    if try file.hasNames("layer_names") {
      layers = file
      isWholeModel = false
    } else if try file.kind(of: "model_weights") == .group {
      layers = try file.group("model_weights")
      isWholeModel = true
    } else {
      return nil
    }
  }

  /// In the model's order. A layer may itself be a model with many weights: VGG16 under a new head is one.
  ///
  /// - Throws: ``Unreadable``, or HDF5Error.
  func convolutions() throws -> [StoredConvolution] {
    var chain = ConvolutionChain()
    for layer in try layers.names("layer_names") {
      var weights = try weights(of: layer)[...]
      while let weight = weights.popFirst() {
        if weight.shape.count == 4 {
          let bias = weights.first?.shape.count == 1 ? weights.popFirst() : nil
          try chain.append(StoredConvolution(kerasLayer: layer, kernel: weight, bias: bias))
        } else {
          chain.appendOther("layer \(layer), with \(weight.path),")
        }
      }
    }
    return chain.convolutions
  }

  private func weights(of layer: String) throws -> [HDF5Dataset] {
    let group = try layers.group(layer)
    return try group.names("weight_names").map { try group.dataset($0) }
  }
}

extension HDF5Object {
  fileprivate func hasNames(_ attribute: String) throws -> Bool {
    try hasAttribute(attribute) || hasAttribute(attribute + "0")
  }

  /// An attribute that lists names. HDF5 allows an attribute 64 KiB, so Keras splits a long list: `layer_names0`,
  /// `layer_names1`, …
  fileprivate func names(_ attribute: String) throws -> [String] {
    if try hasAttribute(attribute) || !hasNames(attribute) { return try self.attribute(attribute) }
    var names: [String] = []
    var part = 0
    while try hasAttribute("\(attribute)\(part)") {
      names += try self.attribute("\(attribute)\(part)", as: [String].self)
      part += 1
    }
    return names
  }
}
