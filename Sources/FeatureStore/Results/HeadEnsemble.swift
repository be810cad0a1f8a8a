import Core
import Foundation
import Support

/// The chosen head, or all the heads of an ensemble, whose probabilities are averaged.
package struct HeadEnsemble {
  /// The file of the chosen head.
  package let file: HeadFile
  /// All of them; the chosen head alone where there is no ensemble.
  package let heads: [Head]
  /// What they predict for the validation split.
  package let validation: Predictions

  /// What decides the predictions.
  package var key: String { file.chosenKey }

  /// - Throws: ``PipelineError`` where a member is missing or another one than was chosen; as ``HeadFile``.
  package init(_ cache: CacheFolder) throws {
    try self.init(HeadFile(cache.head), in: cache)
  }

  /// - Parameter cache: has the members.
  package init(_ file: HeadFile, in cache: CacheFolder) throws {
    let members = try (file.choice?.members ?? []).map { member in
      let member = try HeadFile(cache.head(named: member))
      try file.origin.check(against: member.origin, path: file.path, otherPath: member.path)
      guard member.validation.labels == file.validation.labels,
        member.head.architecture.input == file.head.architecture.input
      else {
        throw PipelineError("\(member.path): trained on other features than \(file.path); run fit-head again")
      }
      return member
    }
    self.file = file
    heads = members.isEmpty ? [file.head] : members.map(\.head)
    validation = members.isEmpty ? file.validation : Predictions.mean(of: members.map(\.validation))
  }

  /// N×K.
  package func probabilities(of features: FeatureMatrix, on pool: WorkerPool) -> [Float] {
    mean(of: heads.map { $0.probabilities(of: features, on: pool) })
  }
}
