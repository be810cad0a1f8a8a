import ArgumentParser
import Pipeline
import Programs

@main
struct Extract: Program {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Write VGG16's conv features of the train, validation and test images to HDF5.",
    discussion: """
      VGG16 is cut after --layer. Every image is computed once; what is up to date is left alone, and a run that was \
      stopped goes on where it was.

      EXAMPLES
        extract                              the sample: 5,000 MNIST digits
        extract --data ~/statefarm --groups driver_imgs_list.csv
        extract --data ~/dog-breeds --labels labels.csv --limit 1000
        extract --data ~/statefarm --augment 5
        extract --data ~/statefarm --preview   a picture of what VGG16 will see
        extract --inspect-weights vgg16.h5   what is in a weight file
      """)

  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Network") var network: NetworkOptions
  @OptionGroup(title: "Augmentation") var augmentation: AugmentationOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Running") var running: RunningOptions
  @OptionGroup(title: "Many machines") var sharding: ShardOptions
  @OptionGroup(title: "Instead of extracting") var listing: ListingOptions

  func validate() throws {
    guard !sharding.isGiven || running.mode == .run && !running.repair else {
      throw ValidationError("--explain, --verify, --preview and --repair are for a single machine.")
    }
  }

  func run() throws {
    if running.checkOptions { return }
    if try listing.run(size: network.size, network: network.network) { return }
    var settings = Extraction.Settings()
    data.fill(&settings)
    network.fill(&settings)
    augmentation.fill(&settings)
    output.fill(&settings)
    running.fill(&settings)
    Interruption.shared.report("nothing was computed yet")
    let extraction = Extraction(settings, terminal: Terminal(quiet: running.quiet))
    if sharding.isGiven { return try sharding.run(extraction) }
    switch running.mode {
    case .run: try extraction.run()
    case .explain: try extraction.explain()
    case .verify: try extraction.verify()
    case .preview: try Preview(settings, terminal: Terminal(quiet: running.quiet)).run()
    }
  }
}
