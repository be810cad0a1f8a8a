import Core

/// The heads that can be named on the command line.
public enum HeadKind: String, Sendable, CaseIterable {
  case fastai
  case fastaiAugmented = "fastai-augmented"
  case keras

  /// The head's layers on features of the given shape.
  ///
  /// - Parameters:
  ///   - input: height × width × channels of `/features`.
  ///   - pooled: whether the features come from a pooling layer already, so that the head has none of its own.
  /// - Throws: `HeadError` where the features are too small, or there are fewer than two classes.
  func architecture(input: FeatureShape, pooled: Bool, dropout: Float, classes: Int) throws -> HeadArchitecture {
    switch self {
    case .fastai: try .fastai(input: input, dropout: dropout, classes: classes, pooling: !pooled)
    case .fastaiAugmented: try .fastaiAugmented(input: input, dropout: dropout, classes: classes, pooling: !pooled)
    case .keras: try .keras(input: input, dropout: dropout, classes: classes, pooling: !pooled)
    }
  }
}
