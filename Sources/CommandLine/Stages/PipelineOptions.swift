import ArgumentParser
import Stages

/// The options of all stages at once; those that several have, once.
package struct PipelineOptions: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "pipeline",
    abstract: "Run extract, fit-head and submit, each with those of the options that it has.",
    usage: """
      ./pipeline.sh [OPTIONS]
      ./pipeline.sh extract | fit-head | submit [OPTIONS OF THAT STAGE]
      ./pipeline.sh predict PATH… | evaluate FOLDER | inspect | export FILE… | history [--use N] | clean [--yes]
      ./pipeline.sh cluster --nodes N [--partition P] [--cpus C] [--dry-run] [OPTIONS]
      """,
    discussion: """
      All options are checked before anything runs. Paths are relative to the folder where you stand; what is not named \
      lies in the project's folder cache.
      """,
    version: Version.line)

  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Network") var weights: WeightsOption
  @OptionGroup(title: "Network") var network: NetworkOptions
  @OptionGroup(title: "Augmentation") var augmentation: AugmentationOptions
  @OptionGroup(title: "Augmentation") var augmentedPasses: AugmentedPassesOption
  @OptionGroup(title: "Features on disk") var storage: StorageOptions
  @OptionGroup(title: "Head") var head: HeadOptions
  @OptionGroup(title: "Training") var training: TrainingOptions
  @OptionGroup(title: "Training") var folding: FoldingOption
  @OptionGroup(title: "Ensembles and pseudo-labels") var combination: CombinationOptions
  @OptionGroup(title: "Export") var export: ExportOptions
  @OptionGroup(title: "Submission") var submission: SubmissionOptions
  @OptionGroup(title: "Submission") var decision: DecisionOptions
  @OptionGroup(title: "Clipping") var clipping: ClippingOptions
  @OptionGroup(title: "Running") var cache: CacheOption
  @OptionGroup(title: "Running") var threads: ThreadsOption
  @OptionGroup(title: "Running") var memory: MemoryOption
  @OptionGroup(title: "Running") var computing: ComputingOptions
  @OptionGroup(title: "Running") var quiet: QuietOption
  @OptionGroup(title: "Many machines, by hand (extract alone)") var sharding: ShardOptions
  @OptionGroup(title: "Instead of all stages (extract alone)") var mode: ModeOptions
  @OptionGroup(title: "Instead of all stages (extract alone)") var listing: ListingOptions

  package init() {}

  package func validate() throws {
    try folding.check(training)
    if training.fineTune != nil { try FineTuningOption.check(layer: network.layer) }
    if data.table.tags { try checkTags() }
  }

  /// - Throws: `ValidationError` for what a later stage would refuse where an image has any number of labels.
  private func checkTags() throws {
    guard training.classWeights == .none else {
      throw ValidationError("--class-weights weighs an image by its class, and with --tags it has any number.")
    }
    guard decision.threshold == nil else {
      throw ValidationError(
        "--threshold tells two classes apart, and with --tags every tag has a threshold of its own.")
    }
    guard (clipping.clip ?? .off) == .off else {
      throw ValidationError("--clip is for probabilities of which one is right, and with --tags any number is.")
    }
  }
}
