import Console
import FeatureStore
import Foundation
import Stages

/// What an extraction is made of, for tests to change.
struct ExtractionValues {
  var source = DataSource()
  var features = FeatureRequest()
  var passes = SplitPasses()
  var storage = FeatureStorage(type: .float32, compression: .deflate)
  var cache: CacheFolder
  var execution = Extraction.Execution(threads: 2)

  func extraction(_ terminal: Terminal = Terminal(quiet: true)) -> Extraction {
    Extraction(
      of: source, features, passes: passes, storage: storage, into: cache, execution: execution, terminal: terminal)
  }

  func preview(_ terminal: Terminal) -> Preview {
    Preview(of: source, features, passes: passes, into: cache, terminal: terminal)
  }
}

/// What a head's training is made of.
struct FittingValues {
  var cache: CacheFolder
  var heads = HeadRequest()
  var training = TrainingRequest()
  var folding: Folding?
  var combination = HeadCombination()
  var learningCurve = false
  var exports: [String] = []
  var weights: String?
  var execution = HeadFitting.Execution(threads: 2)

  func fitting(_ terminal: Terminal = Terminal(quiet: true)) -> HeadFitting {
    HeadFitting(
      in: cache, of: heads, training: training, folding: folding, combination: combination,
      learningCurve: learningCurve, exports: exports, weights: weights, execution: execution, terminal: terminal)
  }
}

/// What a submission is made of.
struct SubmissionValues {
  var cache: CacheFolder
  var form = SubmissionForm()
  var clip: Clipping.Choice?
  var clipFormula = Clipping.Formula.renormalized
  var augmentedPasses: Int?
  var decision: DecisionRequest?

  var submission: Submission {
    Submission(
      from: cache, as: form, decidedBy: decision, clip: clip, clipFormula: clipFormula,
      augmentedPasses: augmentedPasses, threads: 2,
      terminal: Terminal(quiet: true))
  }
}
