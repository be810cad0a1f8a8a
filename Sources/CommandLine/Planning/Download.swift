import ArgumentParser
import Stages

/// What `./pipeline.sh` fetches where a run takes it and the user gives no other.
package enum Download: String, CaseIterable {
  case weights, data
}

extension Plan {
  /// What is to be fetched before the plan is carried out.
  package var downloads: [Download] {
    switch self {
    case .stages(let runs): Self.downloads(for: runs[0].words)
    case .comparison(let plan): Self.downloads(for: plan.variants[0].runs[0].words)
    case .program(let run):
      switch run.stage {
      case .extract: Self.downloads(for: run.words)
      case .predict: (try? PredictOptions.parse(run.words)).map { $0.weights.weights == nil ? [.weights] : [] } ?? []
      // The convolutions that are fine-tuned start as they are in the weights.
      case .fitHead:
        (try? FitHeadOptions.parse(run.words)).map { fit in
          fit.training.fineTune != nil && fit.weights.weights == nil ? [.weights] : []
        } ?? []
      case .submit: []
      }
    case .tool(.export, let words):
      (try? ExportCommand.parse(words)).map { export in
        export.weights.weights == nil && export.files.contains { $0.hasSuffix(".onnx") } ? [.weights] : []
      } ?? []
    case .tool(.evaluate, let words): (try? EvaluateCommand.parse(words))?.needsWeights == true ? [.weights] : []
    case .tool: []
    case .cluster(let plan): plan.isDryRun ? [] : Self.downloads(for: plan.words(for: .extract))
    }
  }

  /// - Parameter words: extract's. What it will refuse, or answers with help, takes nothing.
  private static func downloads(for words: [String]) -> [Download] {
    guard let options = try? ExtractOptions.parse(words), !options.listing.isGiven else { return [] }
    return Download.allCases.filter { download in
      switch download {
      case .weights: options.weights.weights == nil
      case .data: (options.data.data ?? DataSource.sample) == DataSource.sample
      }
    }
  }
}
