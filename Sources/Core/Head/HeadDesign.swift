/// The hidden layers of a head: a set that has a name, or sizes of one's own.
public enum HeadDesign: Sendable, Hashable {
  /// The head of the fast.ai course (deeplearning1/nbs/statefarm.ipynb, `get_bn_layers`): 128 and 128 units; half of the
  /// dropout p before them, all of it before the last layer.
  case fastai
  /// The notebook's head for augmented features (`get_bn_da_layers`): 256 and 256 units, p throughout.
  case fastaiAugmented
  /// A dense BatchNorm head behind `VGG16(include_top=False)`, the way Keras' examples build it: the same layers.
  case keras
  /// Hidden layers of these sizes, p throughout.
  case hidden([Int])

  /// Those that have names.
  public static let named: [HeadDesign] = [.fastai, .fastaiAugmented, .keras]

  /// The sizes of the hidden layers.
  public var units: [Int] {
    switch self {
    case .fastai: [128, 128]
    case .fastaiAugmented, .keras: [256, 256]
    case .hidden(let units): units
    }
  }

  /// The rates of the dropout layers, one before each dense layer.
  public func dropoutRates(_ p: Float) -> [Float] {
    let hidden = self == .fastai ? p / 2 : p
    return units.map { _ in hidden } + [p]
  }
}

/// The name, or the sizes: `fastai`, `256-128`.
extension HeadDesign: LosslessStringConvertible {
  public var description: String {
    switch self {
    case .fastai: "fastai"
    case .fastaiAugmented: "fastai-augmented"
    case .keras: "keras"
    case .hidden(let units): units.map(String.init).joined(separator: "-")
    }
  }

  /// Nil where it is no name, and not one or more sizes from 1.
  public init?(_ description: String) {
    if let design = Self.named.first(where: { $0.description == description }) {
      self = design
      return
    }
    let units = description.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard units.allSatisfy({ $0 >= 1 }) else { return nil }
    self = .hidden(units)
  }
}

extension HeadArchitecture {
  /// The head of a design.
  ///
  /// - Parameters:
  ///   - design: the hidden layers.
  ///   - input: H×W×C of a feature.
  ///   - dropout: p.
  ///   - classes: units of the last layer.
  ///   - pooling: false for features that come from a pooling layer already.
  ///   - isMultiLabel: whether an image has any number of classes: the last layer is sigmoid then.
  /// - Throws: ``HeadError`` where the dropout is not in 0 ..< 1, where there are less than 2 classes, and where the
  ///   features are too small to pool.
  public init(
    _ design: HeadDesign, input: FeatureShape, dropout: Float, classes: Int, pooling: Bool = true,
    isMultiLabel: Bool = false
  ) throws(HeadError) {
    self = try .dense(
      input: input, units: design.units, dropout: design.dropoutRates(dropout), classes: classes, pooling: pooling,
      isMultiLabel: isMultiLabel)
  }
}
