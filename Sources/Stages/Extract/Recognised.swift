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
  /// - Throws: `DatasetError`; `PipelineError` where no image can be a validation image.
  static func recognised(_ source: DataSource, terminal: Terminal) throws -> ImageDataset {
    let dataset = try ImageDataset.open(source.name, options: source.options)
    let recognition = dataset.recognition
    for line in recognition.lines { terminal.note(line) }
    guard source.options.validFraction > 0 || !dataset.examples(in: .valid).isEmpty else {
      throw PipelineError(
        "\(dataset.path): no validation images: --valid-fraction 0 is for data that have a folder valid/ or a valid.csv"
      )
    }
    for warning in recognition.warnings { terminal.warn(warning) }
    if source.options.keepsCopiesTogether, !recognition.splits.contains(where: \.isHeldOut) {
      terminal.warn("--groups duplicates does nothing here: the data are split already")
    }
    return dataset
  }
}

extension PublishedWeights {
  /// Reads the weights of an extraction, and says what they are and how images are preprocessed for them.
  ///
  /// - Throws: an error of the weights; `PipelineError` where nothing tells the preprocessing.
  static func recognised(
    _ request: FeatureRequest, in cache: CacheFolder, terminal: Terminal
  ) throws -> (weights: PublishedWeights, preprocessing: Preprocessing) {
    let inUse = try WeightsInUse(request.weights, in: cache, network: request.network)
    let (path, weights) = (inUse.path, inUse.weights)
    let preprocessing = try request.preprocessing(for: weights, path: path)
    let origin = [weights.knownAs ?? "not known", weights.format].joined(separator: ", ")
    let source = request.preprocessing == nil ? weights.preprocessingSource : "--preprocessing"
    let reason = source.map { ", as \($0) says" } ?? ""
    terminal.note("weights \(path): \(origin) · \(preprocessing.name) preprocessing\(reason)")
    for note in [inUse.reason, weights.orientation].compactMap(\.self) + weights.notes {
      terminal.note("weights \(path): \(note.printable)")
    }
    return (weights, preprocessing)
  }
}
