import Core
import Foundation
import Storage

/// A network's weights as somebody published them, and what is known about them.
public struct PublishedWeights: Sendable {
  /// For people: "ONNX", "Keras HDF5 (legacy)".
  public let format: String
  public let weights: BackboneWeights
  /// SHA-256 over every layer's kernel (3×3×input×output) and then bias, float32, little-endian; in hexadecimal digits.
  /// The same weights have the same digest, whatever file they come in.
  public let digest: String
  /// The name of these very weights, if they are known.
  public let knownAs: String?
  /// What they want done to an image; nil where neither the digest nor the format tells.
  public let preprocessing: Preprocessing?
  /// What tells the preprocessing where the digest doesn't: "its layer rescaling (Rescaling)", "preprocessor.json".
  public let preprocessingSource: String?
  /// What stands in front of the network, or in a file beside it, and is not understood.
  public let unclearPreprocessing: String?
  /// What is to be said of where the network was found: a line each.
  public let notes: [String]
  /// Which way round Theano's kernels lay in the file, and how that was found out; nil for other files.
  public let orientation: String?

  /// Reads VGG16 or another of ``/Core/Backbone/all``, with or without its top, from Keras' HDF5 files of any version, .keras, ONNX, PyTorch's state dicts or
  /// safetensors, recognising the format by content.
  ///
  /// A folder may be a preset of KerasHub, or a model in safetensors, in one file or in shards. Of a network that ends early,
  /// in block 4 or 5 or at the end of block 3, the weights are those up to there.
  ///
  /// - Parameters:
  ///   - path: of a file or folder.
  ///   - network: what they must be of; where nil, their number and shapes tell which network they are of.
  /// - Throws: ``WeightsError`` if the file can't be read, is damaged, is in no known format, or is of another network.
  public static func read(contentsOf path: String, network: Backbone? = nil) throws -> PublishedWeights {
    try PublishedWeights(WeightFile(path: path), among: network.map { [$0] } ?? Backbone.all)
  }

  /// - Parameter networks: what the file may hold.
  /// - Throws: ``WeightsError`` if the file is damaged, or of another network.
  package init(_ file: WeightFile, among networks: [Backbone] = Backbone.all) throws {
    let backbone = try file.backbone(among: networks)
    if let turned = file.turned, !file.content.namesNoBackend {
      let orientation = turned ? Self.orientation(turned: true, because: "the file names its backend") : nil
      try self.init(file, of: backbone, turned: turned, orientation: orientation)
      return
    }
    // The digest tells of known weights, the probe of those that were trained on from them.
    for turned in [false, true] {
      let isUsual = file.turned == false && !turned
      let orientation = isUsual ? nil : Self.orientation(turned: turned, because: "by the digest")
      let weights = try PublishedWeights(file, of: backbone, turned: turned, orientation: orientation)
      guard weights.knownAs == nil else {
        self = weights
        return
      }
    }
    self = try Self.probed(file, of: backbone)
  }

  private init(_ file: WeightFile, of backbone: Backbone, turned: Bool, orientation: String?) throws {
    format = file.content.format
    weights = try BackboneWeights(backbone, from: file, turned: turned)
    digest = weights.digest
    let known = KnownWeights.recognize(digest: digest, path: file.path)
    knownAs = known?.name
    let (stated, place) = try file.placeAndPreprocessing(of: backbone)
    var notes = place
    switch stated {
    case .plain(let own, let source):
      preprocessing = known?.preprocessing ?? own
      preprocessingSource = known == nil ? source : nil
      unclearPreprocessing = nil
      if let known, known.preprocessing != own {
        notes.append(
          "what \(source) says (\(own)) is not done: \(known.name) wants \(known.preprocessing.name) preprocessing")
      }
    case .unclear(let source):
      preprocessing = known?.preprocessing
      preprocessingSource = nil
      unclearPreprocessing = known == nil ? source : nil
    case nil:
      (preprocessing, preprocessingSource, unclearPreprocessing) = (known?.preprocessing, nil, nil)
    }
    self.notes = notes
    self.orientation = orientation
  }

  private static func probed(_ file: WeightFile, of backbone: Backbone) throws -> PublishedWeights {
    // What ImageNet's weights make of the probe image is known of VGG16 alone.
    let distances =
      try backbone == .vgg16
      ? [false, true].map { KernelProbe.distance(of: try BackboneWeights(backbone, from: file, turned: $0)) } : [1, 1]
    guard let turned = KernelProbe.isTurned(asStored: distances[0], turnedAround: distances[1]) else {
      // In TensorFlow's order turned kernels are rare, and others the rule.
      if file.turned == false {
        return try PublishedWeights(
          file, of: backbone, turned: false,
          orientation:
            "kernels taken as they are: the file names no backend, and neither way are they like weights known here")
      }
      throw WeightsError(
        path: file.path,
        reason:
          "\(file.content.format) with kernels in Theano's order, which may or may not be turned by 180°, and neither way "
          + "are they like weights known here; load them in Keras with the TensorFlow order, check, and save again")
    }
    let percentage = String(format: "%.2g", 100 * distances[turned ? 1 : 0])
    let reason = "the probe image's features are within \(percentage) % of ImageNet's"
    return try PublishedWeights(
      file, of: backbone, turned: turned,
      orientation: file.turned == false && !turned ? nil : Self.orientation(turned: turned, because: reason))
  }

  private static func orientation(turned: Bool, because reason: String) -> String {
    "Theano's kernels, \(turned ? "turned by 180°" : "not turned") (\(reason))"
  }
}

extension BackboneWeights {
  fileprivate init(_ backbone: Backbone, from file: WeightFile, turned: Bool) throws {
    let parameters = try file.parameters(matching: backbone, turned: turned)
    self.init(backbone, convolutions: parameters.map { Convolution(kernel: $0.kernel, bias: $0.bias) })
  }
}

extension BackboneWeights {
  /// ``PublishedWeights/digest``.
  public var digest: String {
    var hash = SHA256()
    for convolution in convolutions {
      convolution.kernel.withUnsafeBytes { hash.update(bufferPointer: $0) }
      convolution.bias.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
    return hash.finalize().hexadecimal
  }
}
