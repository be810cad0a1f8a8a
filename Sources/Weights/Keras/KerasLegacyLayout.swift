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
    var convolutions: [StoredConvolution] = []
    var foreigner: String?
    for layer in try layers.names("layer_names") {
      let weights = try weights(of: layer)
      var index = 0
      while index < weights.count {
        let weight = weights[index]
        index += 1
        guard weight.shape.count == 4 else {
          // In front of the first convolution stands at most a normalisation, and behind the last one the head.
          if !convolutions.isEmpty { foreigner = foreigner ?? "layer \(layer), with \(weight.path)," }
          continue
        }
        if let foreigner { throw Unreadable("\(foreigner) stands between convolutions: not a VGG16") }
        let bias = index < weights.count && weights[index].shape.count == 1 ? weights[index] : nil
        if bias != nil { index += 1 }
        convolutions.append(try StoredConvolution(kerasLayer: layer, kernel: weight, bias: bias))
      }
    }
    return convolutions
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
