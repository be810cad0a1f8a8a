/// The convolutions of a backbone behind a pooling that it is cut after, with their parameters: what fine-tuning trains
/// together with a head.
public struct BackboneTail: Sendable, Equatable {
  /// The pooling before them.
  public let cut: Backbone.Layer
  /// In the order of ``rows``.
  public let convolutions: [BackboneWeights.Convolution]

  /// - Precondition: as many convolutions as there are behind the cut, and of their shapes.
  public init(cut: Backbone.Layer, convolutions: [BackboneWeights.Convolution]) {
    self.cut = cut
    self.convolutions = convolutions
    precondition(rows.count == convolutions.count, "\(convolutions.count) convolutions behind \(cut)")
    for (row, parameters) in zip(rows, convolutions) {
      precondition(parameters.kernel.count == 9 * row.inputChannels * row.outputChannels, row.name)
      precondition(parameters.bias.count == row.outputChannels, row.name)
    }
  }

  /// Those of a whole network.
  ///
  /// - Precondition: the cut is a layer of the network.
  public init(of weights: BackboneWeights, behind cut: Backbone.Layer) {
    precondition(weights.backbone == cut.backbone, "\(cut) of \(cut.backbone.name) for \(weights.backbone.name)")
    self.init(cut: cut, convolutions: Array(weights.convolutions[(cut.lastConvolution + 1)...]))
  }

  /// Their rows in the backbone's table.
  public var rows: ArraySlice<Backbone.Convolution> { cut.convolutionsBehind }

  /// A network's weights with these in their places.
  public func replacing(in weights: BackboneWeights) -> BackboneWeights {
    BackboneWeights(
      weights.backbone, convolutions: weights.convolutions.dropLast(convolutions.count) + convolutions)
  }

  /// The shape of what the last convolution puts out for features of the cut.
  public func outputShape(of features: FeatureShape) -> FeatureShape { cut.tailShape(of: features) }
}

extension Backbone.Layer {
  /// The convolutions that are not computed.
  public var convolutionsBehind: ArraySlice<Backbone.Convolution> { backbone.convolutions[(lastConvolution + 1)...] }

  /// The shape of what the backbone's last convolution puts out for features of this layer. Every pooling between them
  /// halves height and width, rounding down.
  public func tailShape(of features: FeatureShape) -> FeatureShape {
    let halvings = convolutionsBehind.dropLast().count { $0.pooling != nil }
    return FeatureShape(
      height: features.height >> halvings, width: features.width >> halvings,
      channels: backbone.convolutions[backbone.convolutions.count - 1].outputChannels)
  }
}
