import ArgumentParser
import Report
import Stages

/// All that can be asked of `submit`.
package struct SubmitOptions: ParsableArguments {
  @OptionGroup(title: "Submission") var submission: SubmissionOptions
  @OptionGroup(title: "Submission") var augmentedPasses: AugmentedPassesOption
  @OptionGroup(title: "Clipping") var clipping: ClippingOptions
  @OptionGroup(title: "Running") var cache: CacheOption
  @OptionGroup(title: "Running") var threads: ThreadsOption
  @OptionGroup(title: "Running") var quiet: QuietOption

  package init() {}

  package func run() throws {
    try Submission(settings, terminal: quiet.terminal).run(completion: report.update)
  }

  private var report: Report { Report(cache.folder, threads: threads.threads, terminal: quiet.terminal) }

  private var settings: Submission.Settings {
    var settings = Submission.Settings()
    submission.fill(&settings)
    settings.augmentedPasses = augmentedPasses.augmentedPasses
    clipping.fill(&settings)
    settings.cache = cache.folder
    settings.threads = threads.threads
    return settings
  }
}
