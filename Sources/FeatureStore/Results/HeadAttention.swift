import Core

/// Where an ensemble looks: the mean of its members' maps.
package final class HeadAttention {
  private let members: [(gradCAM: GradCAM, tail: FeatureExtractor?)]

  /// - Parameter features: the shape of what the cut gives.
  package init(_ ensemble: HeadEnsemble, features: FeatureShape, pool: WorkerPool) {
    members = ensemble.members.map { member in
      (
        GradCAM(member.head),
        member.tail.map { FeatureExtractor(tail: $0, features: features, maximumBatch: 1, pool: pool) }
      )
    }
  }

  /// - Parameters:
  ///   - features: of one image, as the cut gives them.
  ///   - label: the class that is looked for.
  /// - Returns: of the size of what goes into the heads.
  package func map(of features: [Float], for label: Int) -> HeatMap {
    .mean(of: members.map { $0.gradCAM.map(of: $0.tail?.features(of: features) ?? features, for: label) })
  }
}
