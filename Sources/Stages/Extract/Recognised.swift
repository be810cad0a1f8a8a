import Console
import Core
import Datasets
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
    guard settings.dataset.validFraction > 0 || !dataset.examples(in: .valid).isEmpty else {
      throw PipelineError(
        "\(dataset.path): no validation images: --valid-fraction 0 is for data that have a folder valid/ or a valid.csv"
      )
    }
    return dataset
  }
}

extension PublishedWeights {
  /// Reads the weights of an extraction, and says what they are and how images are preprocessed for them.
  ///
  /// - Throws: an error of the weights; ``PipelineError`` where nothing tells the preprocessing.
  static func recognised(
    _ settings: Extraction.Settings, terminal: Terminal
  ) throws -> (weights: PublishedWeights, preprocessing: Preprocessing) {
    let path = try settings.weights ?? settings.cache.weightFiles()[0]
    let weights = try read(contentsOf: path, network: settings.network)
    if let orientation = weights.orientation { terminal.note(orientation) }
    let preprocessing = try ExtractionInputs.preprocessing(of: weights, settings)
    let origin = [weights.knownAs ?? "not known", weights.format].joined(separator: ", ")
    let reason = settings.preprocessing == nil ? "" : ", as --preprocessing says"
    terminal.note("weights \(path): \(origin) · \(preprocessing.name) preprocessing\(reason)")
    return (weights, preprocessing)
  }
}
