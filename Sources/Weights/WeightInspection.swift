import Core

/// What a weight file holds, for people who want to look into it.
package struct WeightInspection: Sendable {
  /// "ONNX", "Keras HDF5 (legacy)".
  package let format: String
  /// Everything in the file, in its order.
  package let tensors: [Tensor]
  /// The network that the file holds, or why it holds none that can be used.
  package let weights: Result<PublishedWeights, WeightsError>

  package struct Tensor: Sendable, Equatable {
    package let listed: ListedTensor
    /// What it is in the network, such as "block1_conv1 kernel"; nil for what isn't used.
    package let role: String?
  }

  /// - Throws: ``WeightsError`` if the file can't be opened, is damaged, or is in no known format.
  package init(contentsOf path: String) throws {
    let file = try WeightFile(path: path)
    var roles: [String: String] = [:]
    do {
      let published = try PublishedWeights(file)
      weights = .success(published)
      let backbone = published.weights.backbone
      let network = try? file.network(backbone)
      roles = network.map { tensorRoles(of: $0.convolutions, in: backbone) } ?? [:]
    } catch let error as WeightsError {
      weights = .failure(error)
    }
    format = file.content.format
    tensors = file.content.tensors.map { Tensor(listed: $0, role: roles[$0.name]) }
  }
}

/// What each tensor is in a network, by the tensor's name.
private func tensorRoles(of convolutions: [StoredConvolution], in backbone: Backbone) -> [String: String] {
  var roles: [String: String] = [:]
  for (row, convolution) in zip(backbone.convolutions, convolutions) {
    for tensor in convolution.channelTensors { roles[tensor.name] = "\(row.name), folded in" }
    if let bias = convolution.bias { roles[bias.name] = "\(row.name) bias" }
    roles[convolution.kernel.name] = "\(row.name) kernel"
  }
  return roles
}
