import Console
import Core
import Datasets
import FeatureStore
import Support
import Weights

// What an extraction says before it computes anything: what it takes the data and the weights for.

extension ImageDataset {
  /// Opens the data of an extraction, and says what was recognised and left out.
  ///
  /// - Throws: `DatasetError`; ``PipelineError`` where no image can be a validation image.
  static func recognised(_ settings: Extraction.Settings, terminal: Terminal) throws -> ImageDataset {
    let dataset = try ImageDataset.open(settings.dataName, options: settings.dataset)
    let recognition = dataset.recognition
    for line in recognition.lines { terminal.note(line) }
    for warning in recognition.warnings { terminal.warn(warning) }
    if settings.dataset.keepsCopiesTogether, !recognition.splits.contains(where: \.isHeldOut) {
      terminal.warn("--groups duplicates does nothing here: the data are split already")
    }
    if settings.augmentation.count == 0, settings.testPasses == 0, let options = settings.augmentation.ranges.changed {
      terminal.warn(
        "\(options) does nothing without passes of augmented images: give --augment N or --test-augment N, too")
    }
    guard settings.dataset.validFraction > 0 || !dataset.examples(in: .valid).isEmpty else {
      throw PipelineError(
        "\(dataset.path): no validation images: --valid-fraction 0 is for data that have a folder valid/ or a valid.csv"
      )
    }
    return dataset
  }
}

extension AugmentationRanges {
  /// The options that differ from what they are by default; nil where none does.
  fileprivate var changed: String? {
    let usual = AugmentationRanges()
    let options = [
      ("--rotation", rotation != usual.rotation), ("--width-shift", widthShift != usual.widthShift),
      ("--height-shift", heightShift != usual.heightShift), ("--shear", shear != usual.shear),
      ("--channel-shift", channelShift != usual.channelShift), ("--flip", flips),
    ].filter(\.1).map(\.0)
    return options.isEmpty ? nil : options.joined(separator: ", ")
  }
}

extension PublishedWeights {
  /// Reads the weights of an extraction, and says what they are and how images are preprocessed for them.
  ///
  /// - Throws: an error of the weights; ``PipelineError`` where nothing tells the preprocessing.
  static func recognised(
    _ settings: Extraction.Settings, terminal: Terminal
  ) throws -> (weights: PublishedWeights, preprocessing: Preprocessing) {
    let inUse = try WeightsInUse(settings.weights, in: settings.cache, network: settings.network)
    let (path, weights) = (inUse.path, inUse.weights)
    let preprocessing = try ExtractionInputs.preprocessing(of: weights, path: path, settings)
    let origin = [weights.knownAs ?? "not known", weights.format].joined(separator: ", ")
    let source = settings.preprocessing == nil ? weights.preprocessingSource : "--preprocessing"
    let reason = source.map { ", as \($0) says" } ?? ""
    terminal.note("weights \(path): \(origin) · \(preprocessing.name) preprocessing\(reason)")
    for note in [inUse.reason, weights.orientation].compactMap(\.self) + weights.notes {
      terminal.note("weights \(path): \(note.printable)")
    }
    return (weights, preprocessing)
  }
}
