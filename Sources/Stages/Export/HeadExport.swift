import Core
import FeatureStore
import Foundation
import Storage
import Support
import SystemPackage
import Weights

/// The chosen head in formats that others read.
struct HeadExport {
  enum Format: String, CaseIterable {
    /// The head's variables.
    case safetensors
    /// The whole network, from pixels to probabilities; of an ensemble, the mean of its members.
    case onnx

    /// What is near the beginning of the files that are written here, and of no others.
    var mark: String {
      switch self {
      case .safetensors: "\"\(CacheSchema.Attribute.weightsDigest)\":"
      case .onnx: "vgg16-feature-cache"
      }
    }
  }

  let path: String
  let format: Format
  /// Who asks for it, as the user writes it: `--export`.
  private let option: String

  /// - Throws: `PipelineError` where the name does not tell the format.
  init(_ path: String, option: String = "--export") throws {
    guard let format = FilePath(path).extension.flatMap(Format.init) else {
      throw PipelineError("\(option) \(path): expected a name that ends in .safetensors or .onnx")
    }
    self.path = path
    self.format = format
    self.option = option
  }

  /// Checks that writing it destroys nothing. A file of this name, if there is one, must be an export, too: others are
  /// weights that somebody keeps.
  ///
  /// - Parameter inputs: files that are read.
  /// - Throws: `PipelineError` where it would.
  func check(_ cache: CacheFolder, inputs: [String]) throws {
    try OutputPath(path: path, option: option).check(cache, inputs: inputs + [cache.submission])
    guard let file = FileHandle(forReadingAtPath: path), let start = try? file.read(upToCount: 1 << 20),
      !start.isEmpty, start.firstRange(of: Data(format.mark.utf8)) == nil
    else { return }
    throw PipelineError("\(option) \(path): is there already, and is no export; give another name")
  }

  /// - Parameters:
  ///   - ensemble: of which safetensors hold the chosen head, and ONNX holds all.
  ///   - cache: has the network's weights.
  ///   - weights: a weight file; nil: the one in the cache folder that the head is for.
  /// - Throws: `PipelineError` where there are no weights that the head is for.
  func write(_ ensemble: HeadEnsemble, _ cache: CacheFolder, weights: String?) throws {
    let data =
      switch format {
      case .safetensors:
        try SafetensorsWriter.file(
          ensemble.file.head, behind: ensemble.file.tail, metadata: metadata(of: ensemble.file))
      case .onnx:
        try network(ensemble, cache, weights: weights).model(
          labelNames: ensemble.file.labelNames, metadata: try metadata(of: ensemble.file))
      }
    try AtomicFile.replace(path, with: data)
  }

  /// What is in the file, and what is not.
  ///
  /// - Parameter cache: whose test features may have augmented passes.
  func summary(_ ensemble: HeadEnsemble, _ cache: CacheFolder) -> String {
    let heads = ensemble.heads.count
    let members =
      switch (format, heads) {
      case (_, 1): "the head"
      case (.safetensors, _): "one of the \(heads) heads of the ensemble, the one with the lowest validation loss"
      case (.onnx, _): "the mean of all \(heads) heads of the ensemble"
      }
    return switch format {
    case .safetensors:
      "\(members)\(ensemble.file.tail == nil ? "" : " and the convolutions that were fine-tuned with it"); "
        + "without the network in front of it"
    case .onnx:
      "the whole network, from RGB images of \(ensemble.file.spec.features.inputSize.description) to probabilities, with \(members); "
        + "resizing is not in it\(augmented(cache))"
    }
  }

  private func augmented(_ cache: CacheFolder) -> String {
    let passes = (try? FeatureCache.ifThere(cache.features(of: .test)))?.augmentedPasses ?? 0
    guard passes > 0 else { return "" }
    return ", nor are the \(count(passes, "augmented pass", plural: "augmented passes")), over which submit averages"
  }

  /// What a program needs to feed it.
  private func metadata(of file: HeadFile) throws -> [String: String] {
    let (spec, features) = (file.spec, file.spec.features)
    let facts = [
      "classes": try file.labelNames.canonicalJSON(),
      "height": "\(features.inputSize.height)", "width": "\(features.inputSize.width)",
      "resize": features.resizing.filter.rawValue, "aspect": features.resizing.aspect.rawValue,
      "layers": file.head.architecture.description,
      "label_names": file.labelNames.joined(separator: "\n"),
      CacheSchema.Attribute.specification: spec.canonical,
    ]
    return facts.merging(spec.readable.map { ($0.name, $0.value) }) { first, _ in first }
  }

  private func network(_ ensemble: HeadEnsemble, _ cache: CacheFolder, weights: String?) throws -> ONNXNetwork {
    let features = ensemble.file.spec.features
    let published = try PublishedWeights.read(weights, in: cache, for: features, ofHead: ensemble.file.path)
    guard let layer = features.layer else {
      throw PipelineError("\(ensemble.file.path): can't tell what network its features are of; run fit-head again")
    }
    return ONNXNetwork(
      size: features.inputSize, preprocessing: features.preprocessing, weights: published.weights, cut: layer,
      heads: ensemble.members.map { ($0.head, $0.tail) })
  }
}
