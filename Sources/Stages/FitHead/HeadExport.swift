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

  /// - Throws: ``PipelineError`` where the name does not tell the format.
  init(_ path: String) throws {
    guard let format = FilePath(path).extension.flatMap(Format.init) else {
      throw PipelineError("--export \(path): expected a name that ends in .safetensors or .onnx")
    }
    self.path = path
    self.format = format
  }

  /// Checks that a file of this name, if there is one, is an export, too: others are weights that somebody keeps.
  ///
  /// - Throws: ``PipelineError`` where it is not.
  func checkIsOurs() throws {
    guard let file = FileHandle(forReadingAtPath: path), let start = try? file.read(upToCount: 1 << 20),
      !start.isEmpty, start.firstRange(of: Data(format.mark.utf8)) == nil
    else { return }
    throw PipelineError("--export \(path): is there already, and fit-head did not write it; give another name")
  }

  /// - Parameter weights: a weight file; nil: the one in the cache folder.
  /// - Throws: ``PipelineError`` where the weights are not those of the features.
  func write(_ cache: CacheFolder, weights: String?) throws {
    let ensemble = try HeadEnsemble(cache)
    let data: Data
    switch format {
    case .safetensors:
      let spec = ensemble.file.spec
      let facts = spec.readable.map { ($0.name, $0.value) }
      data = try SafetensorsWriter.file(
        ensemble.file.head,
        metadata: [
          "layers": ensemble.file.head.architecture.description,
          "label_names": ensemble.file.labelNames.joined(separator: "\n"),
          CacheSchema.Attribute.specification: spec.canonical,
        ].merging(facts) { first, _ in first })
    case .onnx:
      data = try network(ensemble, weights: try PublishedWeights.read(weights, in: cache))
        .model(labelNames: ensemble.file.labelNames)
    }
    try AtomicFile.replace(path, with: data)
  }

  private func network(_ ensemble: HeadEnsemble, weights: PublishedWeights) throws -> ONNXNetwork {
    let features = ensemble.file.spec.features
    guard weights.digest == features.weightsDigest else {
      throw PipelineError(
        "--export \(path): the head is for features of the weights \(features.weightsDigest.prefix(12))…, not of "
          + "\(weights.digest.prefix(12))…; give those with --weights FILE")
    }
    guard let layer = features.layer else {
      throw PipelineError("\(ensemble.file.path): can't tell what network its features are of; run fit-head again")
    }
    return ONNXNetwork(
      size: features.inputSize, preprocessing: features.preprocessing, weights: weights.weights, cut: layer,
      heads: ensemble.heads)
  }
}
