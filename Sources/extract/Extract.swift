import ArgumentParser
import Core
import Datasets
import Foundation
import Pipeline

@main
struct Extract: ParsableCommand {
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
        extract --data ~/statefarm --preview a picture of what VGG16 will see
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
      throw ValidationError("--explain, --verify and --repair are for a single machine.")
    }
  }

  func run() throws {
    if try listing.run(size: network.size) { return }
    var settings = Extraction.Settings()
    data.fill(&settings)
    network.fill(&settings)
    augmentation.fill(&settings)
    output.fill(&settings)
    running.fill(&settings)
    Interruption.shared.install()
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

struct DataOptions: ParsableArguments {
  @Option(help: "A folder of images, a CSV of pixels, IDX files, or a known name: mnist-5k, fashion-mnist.")
  var data = "mnist-5k"

  @Option(help: "The layout of the data. (default: recognised from what is there)")
  var dataKind: DatasetKind?

  @Option(help: "A CSV with the class of each image, in the column label: id,label.")
  var labels: String?

  @Option(help: "The column of --labels that has the class.")
  var labelColumn: String?

  @Option(help: "A CSV with the driver, patient, … of each image: whole groups are held out, and written to /groups.")
  var groups: String?

  @Option(help: "The column of --groups that has the group. (default: subject, driver, patient or group)")
  var groupColumn: String?

  @Option(help: "A quick try: at most this many images of each split, as many of each class.")
  var limit: Int?

  @Option(help: "Seed of the split into train, validation and test, where the data are not split already.")
  var seed = DatasetOptions().seed

  @Option(help: "Share of the images held out for validation, where the data have no validation images.")
  var validFraction = DatasetOptions().validFraction

  @Option(help: "Share of the images held out for testing, where the data have no test images.")
  var testFraction = DatasetOptions().testFraction

  @Option(help: "Share of a split's images that may be undecodable; they are skipped and listed.")
  var maxSkipped = 0.01

  func validate() throws {
    guard validFraction > 0, testFraction >= 0, validFraction + testFraction < 1 else {
      throw ValidationError("--valid-fraction and --test-fraction must leave some images for training.")
    }
    guard limit ?? 1 >= 1 else { throw ValidationError("--limit must be at least 1.") }
    guard labelColumn == nil || labels != nil else {
      throw ValidationError("--label-column is a column of --labels FILE.")
    }
    guard groupColumn == nil || groups != nil else {
      throw ValidationError("--group-column is a column of --groups FILE.")
    }
    guard (0...1).contains(maxSkipped) else { throw ValidationError("--max-skipped is a share, from 0 to 1.") }
  }

  func fill(_ settings: inout Extraction.Settings) {
    settings.data = data
    settings.dataset.kind = dataKind
    settings.dataset.labels = labels
    settings.dataset.labelColumn = labelColumn
    settings.dataset.groups = groups
    settings.dataset.groupColumn = groupColumn
    settings.dataset.limit = limit
    settings.dataset.seed = seed
    settings.dataset.validFraction = validFraction
    settings.dataset.testFraction = testFraction
    settings.maxSkipped = maxSkipped
  }
}

struct NetworkOptions: ParsableArguments {
  @Option(
    help: """
      A VGG16 weight file: Keras .h5, .weights.h5 or .keras, ONNX, PyTorch .pth, safetensors. \
      (default: the one in CACHE/weights)
      """)
  var weights: String?

  @Option(
    help: "Height and width that images are resized to, 32 or more. (default: 96 for digits, 224 for photographs)")
  var size: Int?

  @Option(
    help: """
      The layer whose output is the feature: block1_conv1 … block5_conv3, block1_pool … block5_pool. \
      (default: block5_conv3)
      """,
    transform: layer(named:))
  var layer = VGG16.Layer.block5Conv3

  @Option(help: "How images are resized, as Pillow does it.")
  var resize = ResizeFilter.bilinear

  @Option(help: "Images that are not square: stretch them, crop the centre, or pad with black.")
  var aspect = AspectRatio.stretch

  @Flag(help: "Decode JPEGs of more than 6 times --size at 1/2, 1/4 or 1/8: faster, and not quite the same pixels.")
  var fastDecode = false

  @Option(
    help: """
      What is done to pixels before the first layer: caffe, caffe-rgb, torch, tf or unit. \
      (default: what the weights want)
      """,
    transform: preprocessing(named:))
  var preprocessing: Preprocessing?

  func fill(_ settings: inout Extraction.Settings) {
    settings.weights = weights
    settings.size = size
    settings.layer = layer
    settings.resizing.filter = resize
    settings.resizing.aspect = aspect
    settings.resizing.decodesFast = fastDecode
    settings.preprocessing = preprocessing
  }
}

/// As Keras' ImageDataGenerator takes them; the defaults are those of fast.ai's State Farm notebook.
struct AugmentationOptions: ParsableArguments {
  private static let defaults = AugmentationRanges()

  @Option(help: "Passes over the training images in which each is augmented anew; they follow the images in train.h5.")
  var augment = 0

  @Option(help: "The same over the validation and test images: submit averages its predictions over them.")
  var testAugment = 0

  @Option(help: "Turned by up to so many degrees either way.")
  var rotation = defaults.rotation

  @Option(help: "Moved left or right by up to this share of the width.")
  var widthShift = defaults.widthShift

  @Option(help: "Moved up or down by up to this share of the height.")
  var heightShift = defaults.heightShift

  @Option(help: "Sheared by an angle of up to so many radians.")
  var shear = defaults.shear

  @Option(help: "Made brighter or darker by up to so much of 255.")
  var channelShift = defaults.channelShift

  @Flag(help: "Mirror half of them: not digits, nor where left and right tell classes apart.")
  var flip = false

  @Option(help: "Seed of what is drawn.")
  var augmentSeed: UInt64 = 0

  func validate() throws {
    for (name, passes) in [("--augment", augment), ("--test-augment", testAugment)] {
      guard (0...AugmentedPasses.maximumCount).contains(passes) else {
        throw ValidationError("\(name) is 0 to \(AugmentedPasses.maximumCount) passes.")
      }
    }
    for (name, range, limit) in [
      ("--rotation", rotation, 180), ("--width-shift", widthShift, 1), ("--height-shift", heightShift, 1),
      ("--shear", shear, 1.5), ("--channel-shift", channelShift, 255),
    ] {
      guard (0...limit).contains(range) else { throw ValidationError("\(name) is 0 to \(limit).") }
    }
  }

  func fill(_ settings: inout Extraction.Settings) {
    settings.augmentation.count = augment
    settings.testPasses = testAugment
    settings.augmentation.seed = augmentSeed
    settings.augmentation.ranges.rotation = rotation
    settings.augmentation.ranges.widthShift = widthShift
    settings.augmentation.ranges.heightShift = heightShift
    settings.augmentation.ranges.shear = shear
    settings.augmentation.ranges.channelShift = channelShift
    settings.augmentation.ranges.flips = flip
  }
}

struct OutputOptions: ParsableArguments {
  @Option(help: "The folder that the stages share.")
  var cache = "cache"

  @Option(help: "How features are compressed.")
  var compression = Compression.deflate

  @Option(name: .customLong("dtype"), help: "How features are stored.")
  var type = FeatureType.float32

  func fill(_ settings: inout Extraction.Settings) {
    settings.cache = CacheFolder(cache)
    settings.dataset.cacheFolder = cache
    settings.storage = FeatureStorage(type: type, compression: compression)
  }
}

struct RunningOptions: ParsableArguments {
  @Option(help: "Images computed together; no influence on the result. (default: by --size)")
  var batchSize: Int?

  @Option(help: "Threads that compute; no influence on the result.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Seconds of work between parts: what a kill can lose.")
  var partSeconds = Extraction.Settings().partSeconds

  @Flag(help: "Begin even if the disk space seems not to suffice.")
  var force = false

  @Flag(help: "Read the caches through first, and compute rows that are damaged again.")
  var repair = false

  /// What to do.
  enum Mode: EnumerableFlag {
    case run, explain, verify, preview

    static func help(for mode: Mode) -> ArgumentHelp? {
      switch mode {
      case .run: .private
      case .explain: "Say what would be computed and why, and compute nothing."
      case .verify: "Read the caches through and report damage; nothing else."
      case .preview: "Write CACHE/preview.png, a few images of each class as VGG16 sees them; nothing else."
      }
    }
  }

  @Flag var mode = Mode.run

  @Flag(help: "Print results and errors only.")
  var quiet = false

  func validate() throws {
    guard threads >= 1 else { throw ValidationError("--threads must be at least 1.") }
    guard partSeconds > 0 else { throw ValidationError("--part-seconds must be more than 0.") }
    guard batchSize ?? 1 >= 1 else { throw ValidationError("--batch-size must be at least 1.") }
  }

  func fill(_ settings: inout Extraction.Settings) {
    settings.batchSize = batchSize
    settings.threads = threads
    settings.partSeconds = partSeconds
    settings.force = force
    settings.repair = repair
  }
}

// MARK: - What option values are made of

extension DatasetKind: ExpressibleByArgument {}
extension ResizeFilter: ExpressibleByArgument {}
extension AspectRatio: ExpressibleByArgument {}
extension Compression: ExpressibleByArgument {}
extension FeatureType: ExpressibleByArgument {}

private func layer(named name: String) throws -> VGG16.Layer {
  guard let layer = VGG16.Layer(name) else {
    let hint = nearestName(to: name, among: VGG16.Layer.all.map(\.name)).map { " Did you mean '\($0)'?" } ?? ""
    throw ValidationError("VGG16 has no layer '\(name)'.\(hint) extract --list-layers shows them all.")
  }
  return layer
}

private func preprocessing(named name: String) throws -> Preprocessing {
  guard let preprocessing = Preprocessing.named(name) else {
    throw ValidationError("it is one of \(Preprocessing.all.map(\.name).joined(separator: ", ")).")
  }
  return preprocessing
}
