import ArgumentParser
import Datasets
import Stages

/// Which images are read, and how they are split.
struct DataOptions: ParsableArguments {
  @Option(
    help: """
      A folder of images or an archive of one (.zip, .tar, .tar.gz), WebDataset's shards, a CSV of pixels, IDX files, \
      arrays (.npz, HDF5, a folder of .npy), CIFAR's Python batches, or a known name: mnist-5k, fashion-mnist. Pictures are \
      JPEG, PNG, WebP, TIFF, BMP, GIF, PNM, HEIC or AVIF. \
      (default: \(DataSource.sample))
      """, transform: path)
  var data: String?

  @Option(help: "The layout of the data. (default: recognised from what is there)")
  var dataKind: DatasetKind?

  @OptionGroup var table: LabelTableOptions

  @Option(
    help: """
      Of arrays the name of the one that has the images, such as x_train; --labels is then the name of the one that has the \
      labels. (default: found by its name)
      """)
  var images: String?

  @Option(
    help: """
      A CSV with the driver, patient, … of each image: whole groups are held out, and written to /groups. \
      duplicates: images that are equal to the last byte are a group.
      """,
    transform: path)
  var groups: String?

  /// What --groups takes in place of a table; a file of that name is ./duplicates.
  private static let duplicates = "duplicates"

  @Option(help: "The column of --groups that has the group. (default: subject, driver, patient or group)")
  var groupColumn: String?

  @Option(help: "A quick try: at most this many images of each split, as many of each class.")
  var limit: Int?

  @Option(help: "Seed of the split into train, validation and test, where the data are not split already.")
  var splitSeed = DatasetOptions().seed

  @Option(
    help: "Share of the images held out for validation, where the data have no validation images; else 0 will do.")
  var validFraction = Share(DatasetOptions().validFraction)

  @Option(help: "Share of the images held out for testing, where the data have no test images.")
  var testFraction = Share(DatasetOptions().testFraction)

  @Option(help: "Share of a split's images that may be undecodable; they are skipped and listed.")
  var maxSkipped = Share(DataSource().maxSkipped)

  @Option(help: "Images of more pixels are skipped.")
  var maxPixels = ImageLimits().pixels

  @Option(help: "A table of pictures to leave out, as inspect writes it: path, split.", transform: path)
  var drop: String?

  @Option(
    help: "A table of pictures that are of another class, as inspect writes it: path, split, suggested.",
    transform: path)
  var relabel: String?

  func validate() throws {
    guard validFraction.value >= 0, testFraction.value >= 0, validFraction.value + testFraction.value < 1 else {
      throw ValidationError("--valid-fraction and --test-fraction must leave some images for training.")
    }
    try check("--limit", limit, in: 1...Int(Int32.max), "no split has more images")
    guard !table.tags || relabel == nil else {
      throw ValidationError("--relabel gives an image one class, and with --tags it has any number: change --labels.")
    }
    try check("--max-pixels", maxPixels, in: 1...ImageLimits.mostPixels, "no format has more")
    guard groupColumn == nil || groups != nil && groups != Self.duplicates else {
      throw ValidationError("--group-column is a column of --groups FILE.")
    }
    guard (0...1).contains(maxSkipped.value) else { throw ValidationError("--max-skipped is a share, from 0 to 1.") }
  }

  /// - Parameter downloads: where the named data sets lie.
  func source(downloads: String) -> DataSource {
    var options = DatasetOptions(
      kind: dataKind, seed: splitSeed, validFraction: validFraction.value, testFraction: testFraction.value,
      limits: ImageLimits(pixels: maxPixels), cacheFolder: downloads)
    table.apply(to: &options)
    options.images = images
    (options.groups, options.groupColumn) = (groups == Self.duplicates ? nil : groups, groupColumn)
    (options.drop, options.relabel) = (drop, relabel)
    options.keepsCopiesTogether = groups == Self.duplicates
    options.limit = limit
    return DataSource(data, options: options, maxSkipped: maxSkipped.value)
  }
}

extension DatasetKind: ExpressibleByArgument {}
