import ArgumentParser
import Report
import Stages

/// All that can be asked of `submit`.
package struct SubmitOptions: ParsableArguments {
  @OptionGroup(title: "Submission") var submission: SubmissionOptions
  @OptionGroup(title: "Submission") var decision: DecisionOptions
  @OptionGroup(title: "Submission") var augmentedPasses: AugmentedPassesOption
  @OptionGroup(title: "Clipping") var clipping: ClippingOptions
  @OptionGroup(title: "Running") var cache: CacheOption
  @OptionGroup(title: "Running") var threads: ThreadsOption
  @OptionGroup(title: "Running") var quiet: QuietOption

  package init() {}

  package func run() throws {
    try Submission(
      from: cache.folder, as: submission.form, decidedBy: decision.decision, clip: clipping.clip,
      clipFormula: clipping.clipFormula,
      augmentedPasses: augmentedPasses.augmentedPasses, threads: threads.threads, terminal: quiet.terminal
    ).run(completion: report.update)
  }

  private var report: Report { Report(cache.folder, threads: threads.threads, terminal: quiet.terminal) }
}
