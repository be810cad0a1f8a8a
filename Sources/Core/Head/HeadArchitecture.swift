/// A head as a list of layers, the way `keras.Sequential` shows it.
///
/// ```swift
/// let features = FeatureShape(height: 6, width: 6, channels: 512)
/// let head = try HeadArchitecture(.fastai, input: features, dropout: 0.8, classes: 10)
/// print(head)  // max_pooling2d · flatten · dropout 0.4 · dense 128 relu · batch_normalization · …
/// ```
public struct HeadArchitecture: Sendable, Hashable {
  public enum Activation: String, Codable, Sendable {
    case linear, relu, softmax, sigmoid
  }

  public enum Layer: Codable, Sendable, Hashable {
    /// 2×2, stride 2, no padding.
    case maxPooling
    /// Row by row, channels last: Keras' order.
    case flatten
    /// Zeroes this part of its input while training.
    case dropout(rate: Float)
    case dense(units: Int, activation: Activation)
    case batchNormalization
  }

  /// The features that go in.
  public let input: FeatureShape
  public let layers: [Layer]

  /// - Throws: ``HeadError`` where the layers don't make a head: `[maxPooling] flatten [dropout] dense …` and at the
  ///   end a dense layer with softmax, or sigmoid, its only one; a rate outside 0 ..< 1; a map too small to pool.
  public init(input: FeatureShape, layers: [Layer]) throws(HeadError) {
    self.input = input
    self.layers = layers
    try validate()
  }

  /// Hidden layers of these sizes, each of them dropout, dense with ReLU, batch normalization; then dropout and
  /// softmax or sigmoid.
  ///
  /// - Parameters:
  ///   - input: H×W×C of a feature.
  ///   - units: of each hidden layer.
  ///   - dropout: one rate before each hidden layer, and one before the last layer.
  ///   - classes: units of the last layer.
  ///   - pooling: whether the features are pooled 2×2 first.
  ///   - isMultiLabel: whether an image has any number of classes: the last layer is sigmoid then.
  /// - Throws: ``HeadError`` where the layers don't fit each other or the features.
  public static func dense(
    input: FeatureShape, units: [Int], dropout: [Float], classes: Int, pooling: Bool = true,
    isMultiLabel: Bool = false
  ) throws(HeadError) -> HeadArchitecture {
    guard dropout.count == units.count + 1 else {
      throw HeadError.dropoutRateCount(dropout.count, hiddenLayers: units.count)
    }
    var layers: [Layer] = pooling ? [.maxPooling, .flatten] : [.flatten]
    for (units, rate) in zip(units, dropout) {
      layers += [.dropout(rate: rate), .dense(units: units, activation: .relu), .batchNormalization]
    }
    layers += [
      .dropout(rate: dropout[units.count]), .dense(units: classes, activation: isMultiLabel ? .sigmoid : .softmax),
    ]
    return try HeadArchitecture(input: input, layers: layers)
  }

  /// The number of classes: the units of the last layer.
  public var classes: Int {
    guard case .dense(let units, _) = layers.last else { return 0 }
    return units
  }

  /// Whether an image has any number of classes, each with a probability of its own: the last layer is sigmoid.
  public var isMultiLabel: Bool { if case .dense(_, .sigmoid) = layers.last { true } else { false } }

  /// Whether the features are pooled before they are flattened.
  public var pools: Bool { layers.first == .maxPooling }

  /// The shape of what is flattened: the features, pooled where the head pools.
  public var pooled: FeatureShape { pools ? MaxPooling.outputShape(of: input) : input }

  /// Checks what the initializer documents.
  private func validate() throws(HeadError) {
    guard input.height > 0, input.width > 0, input.channels > 0 else {
      throw HeadError.emptyFeatures(input)
    }
    if pools && (input.height < 2 || input.width < 2) {
      throw HeadError.featuresTooSmallToPool(input)
    }
    var rest = layers[...]
    if rest.first == .maxPooling { rest.removeFirst() }
    guard rest.popFirst() == .flatten else {
      throw HeadError.startsWithoutFlatten
    }
    let afterDropout = rest.drop { if case .dropout = $0 { true } else { false } }
    guard case .dense = afterDropout.first, rest.count - afterDropout.count <= 1 else {
      throw HeadError.flattenWithoutDense
    }
    guard case .dense(let classes, let activation) = rest.popLast(), activation.isLast, classes >= 2 else {
      throw HeadError.endsWithoutSoftmax
    }
    for layer in rest { try validateHidden(layer) }
  }

  /// Checks a layer between flatten and the last.
  private func validateHidden(_ layer: Layer) throws(HeadError) {
    switch layer {
    case .maxPooling, .flatten: throw HeadError.poolingBehindDense
    case .dropout(let rate):
      guard rate >= 0 && rate < 1 else { throw HeadError.dropoutRate(rate) }
    case .dense(let units, let activation):
      guard units >= 1 && units <= 65_536 else { throw HeadError.units(units) }
      guard !activation.isLast else { throw HeadError.softmaxInside }
    case .batchNormalization: break
    }
  }
}

extension HeadArchitecture.Activation {
  /// Whether it is for the last layer, and for no other.
  var isLast: Bool { self == .softmax || self == .sigmoid }
}

// MARK: - Parameters in Keras' order and names

extension HeadArchitecture {
  /// One variable of a layer.
  public struct Variable: Sendable, Hashable {
    /// The index of its layer in ``HeadArchitecture/layers``.
    public let layer: Int
    /// As `keras.Layer` calls it: kernel, bias, gamma, beta, moving_mean, moving_variance.
    public let name: String
    public let shape: [Int]
    /// Whether training changes it by its gradient; the moving statistics follow the batches instead.
    public let isTrainable: Bool

    public var count: Int { shape.reduce(1, *) }
  }

  /// The names that Keras gives the layers of a new Sequential: dense, dense_1, …
  public var layerNames: [String] { Self.names(ofKinds: layers.map { $0.kind }) }

  /// The names that Keras gives a new Sequential's layers.
  ///
  /// - Parameter kinds: of its layers, as in ``Layer/kind``; `conv2d` for a convolution.
  public static func names(ofKinds kinds: [String]) -> [String] {
    var seen: [String: Int] = [:]
    return kinds.map { kind in
      let count = seen[kind, default: 0]
      seen[kind] = count + 1
      return count == 0 ? kind : "\(kind)_\(count)"
    }
  }

  /// Every variable, in the order of `keras.Model.weights`.
  public var variables: [Variable] {
    var width = pooled.count
    return layers.enumerated().flatMap { index, layer -> [Variable] in
      func variable(_ name: String, _ shape: [Int], isTrainable: Bool = true) -> Variable {
        Variable(layer: index, name: name, shape: shape, isTrainable: isTrainable)
      }
      switch layer {
      case .maxPooling, .flatten, .dropout: return []
      case .dense(let units, _):
        defer { width = units }
        return [variable("kernel", [width, units]), variable("bias", [units])]
      case .batchNormalization:
        return [variable("gamma", [width]), variable("beta", [width])]
          + ["moving_mean", "moving_variance"].map { variable($0, [width], isTrainable: false) }
      }
    }
  }
}

extension HeadArchitecture.Layer: CustomStringConvertible {
  /// Keras' name for the kind of layer.
  public var kind: String {
    switch self {
    case .maxPooling: "max_pooling2d"
    case .flatten: "flatten"
    case .dropout: "dropout"
    case .dense: "dense"
    case .batchNormalization: "batch_normalization"
    }
  }

  public var description: String {
    switch self {
    case .dropout(let rate): "\(kind) \(rate)"
    case .dense(let units, .linear): "\(kind) \(units)"
    case .dense(let units, let activation): "\(kind) \(units) \(activation)"
    case .maxPooling, .flatten, .batchNormalization: kind
    }
  }
}

extension HeadArchitecture: CustomStringConvertible {
  public var description: String { layers.map { $0.description }.joined(separator: " · ") }
}
