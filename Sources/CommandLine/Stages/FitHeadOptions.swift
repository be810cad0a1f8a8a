import ArgumentParser
import Report
import Stages

/// All that can be asked of `fit-head`.
package struct FitHeadOptions: ParsableArguments {
  @OptionGroup(title: "Head") var head: HeadOptions
  @OptionGroup(title: "Training") var training: TrainingOptions
  @OptionGroup(title: "Training") var augmentedPasses: AugmentedPassesOption
  @OptionGroup(title: "Training") var folding: FoldingOption
  @OptionGroup(title: "Ensembles and pseudo-labels") var combination: CombinationOptions
  @OptionGroup(title: "Export") var export: ExportOptions
  @OptionGroup(title: "Export") var weights: WeightsOption
  @OptionGroup(title: "Running") var cache: CacheOption
  @OptionGroup(title: "Running") var threads: ThreadsOption
  @OptionGroup(title: "Running") var memory: MemoryOption
  @OptionGroup(title: "Running") var quiet: QuietOption

  package init() {}

  package func validate() throws {
    try folding.check(training)
  }

  package func run() throws {
    try HeadFitting(
      in: cache.folder, of: head.request,
      training: training.request(augmentedPasses: augmentedPasses.augmentedPasses),
      folding: folding.folds, combination: combination.combination,
      learningCurve: folding.learningCurve, exports: export.export, weights: weights.weights,
      execution: .init(threads: threads.threads, memory: memory.memory), terminal: quiet.terminal
    ).run(completion: report.update)
  }

  private var report: Report { Report(cache.folder, threads: threads.threads, terminal: quiet.terminal) }
}
