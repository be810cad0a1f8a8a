import Core
import Datasets
import FeatureStore
import Foundation
import Storage
import Support
import Weights

/// A trained head with the network in front of it: from a picture to the probability of each class.
///
/// ```swift
/// let classifier = try Classifier(contentsOf: "cache")
/// let prediction = try classifier.predict(contentsOf: "photo.jpg")
/// print(prediction.best.name, prediction.best.probability)
/// ```
///
/// How pictures are read, where the network is cut and what follows is all in the head file; the network's weights are
/// found by their digest. One thread uses it at a time; it computes on all.
public final class Classifier {
  /// In the order of the probabilities.
  public let classNames: [String]
  /// Pictures that are computed together where there are many.
  package let batchSize: Int
  package let preparation: InputPreparation
  private let ensemble: HeadEnsemble
  private let extractor: FeatureExtractor
  /// Of each member of the ensemble that has convolutions of its own, from the cut to its head.
  private let tails: [FeatureExtractor?]
  private let pool: WorkerPool

  /// - Parameters:
  ///   - path: a cache folder in which a head was trained, or a head file.
  ///   - weights: the network's weight file; nil: the one in the cache folder's `weights` that the head is for.
  ///   - downloads: a folder that has weights where the cache folder has none.
  ///   - threads: that compute; no influence on the result.
  /// - Throws: `PipelineError` where there is no head, or no weights that it is for; as the readers of both.
  public convenience init(
    contentsOf path: String, weights: String? = nil, downloads: String? = nil,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    try self.init(
      HeadEnsemble(at: path), weights: weights, downloads: downloads, batchSize: 1, pool: WorkerPool(threads: threads)
    )
  }

  /// - Parameter batchSize: nil: as many as have the pixels of eight images of 224×224, but 64 at most.
  package init(_ ensemble: HeadEnsemble, weights: String?, downloads: String?, batchSize: Int?, pool: WorkerPool) throws
  {
    let features = ensemble.file.spec.features
    guard let cut = features.layer else {
      throw PipelineError("\(ensemble.file.path): its network has no layer \(features.cut); run fit-head again")
    }
    let network = try PublishedWeights.read(
      weights, in: ensemble.cache(downloads: downloads), for: features, ofHead: ensemble.file.path)
    self.ensemble = ensemble
    self.pool = pool
    classNames = ensemble.file.labelNames
    preparation = InputPreparation(features)
    self.batchSize = batchSize ?? features.inputSize.usualBatchSize
    let featureShape = cut.outputShape(height: features.inputSize.height, width: features.inputSize.width)
    guard ensemble.file.tail?.outputShape(of: featureShape) ?? featureShape == ensemble.file.head.architecture.input
    else {
      throw PipelineError(
        "\(ensemble.file.path): a head for features of \(ensemble.file.head.architecture.input), and \(cut) gives "
          + "\(featureShape); run fit-head again")
    }
    extractor = FeatureExtractor(
      weights: network.weights, cut: cut, height: features.inputSize.height, width: features.inputSize.width,
      maximumBatch: self.batchSize, pool: pool)
    tails = ensemble.members.map { [batchSize = self.batchSize] member in
      member.tail.map { FeatureExtractor(tail: $0, features: featureShape, maximumBatch: batchSize, pool: pool) }
    }
  }

  /// Classifies a picture that was decoded: height × width × channels, 8 bits each.
  ///
  /// - Throws: `PipelineError` where the network makes no finite number of it.
  public func predict(_ image: Image) throws -> Prediction {
    try predictions(pixels: pixels(of: image), count: 1)[0]
  }

  /// Classifies a picture file, of the formats that `ImageDecoder` reads.
  ///
  /// - Throws: `DatasetError` where it can't be read or decoded.
  public func predict(contentsOf path: String) throws -> Prediction {
    let content = try PictureFiles.content(of: path)
    return try predict(ImageDecoder.decode(content, for: preparation.decodingSize))
  }

  /// Where the network looks for a class: Grad-CAM, stretched over what it sees of the picture.
  ///
  /// - Parameters:
  ///   - image: as it was decoded.
  ///   - label: index of the class that is looked for.
  /// - Returns: the picture at the network's size, grey where nothing counts and red where most does.
  package func explanation(of image: Image, for label: Int) -> Image {
    let attention = HeadAttention(ensemble, features: extractor.featureShape, pool: pool)
    let map = attention.map(of: extractor.features(of: pixels(of: image)), for: label)
    let view = image.resized(
      to: preparation.size, filter: preparation.resizing.filter, aspect: preparation.resizing.aspect)
    return map.overlaid(on: view)
  }

  /// Height × width × 3, as they go into the network.
  private func pixels(of image: Image) -> [Float] {
    [Float](unsafeUninitializedCapacity: preparation.length) { buffer, count in
      preparation.fill(UnsafeMutableBufferPointer(rebasing: buffer[..<preparation.length]), with: image)
      count = preparation.length
    }
  }

  /// - Parameters:
  ///   - pixels: count × height × width × 3, as the preparation makes them.
  ///   - count: at most ``batchSize``.
  package func predictions(pixels: [Float], count: Int) throws -> [Prediction] {
    precondition(count >= 1 && count <= batchSize)
    let features = extractor.features(of: pixels)
    let probabilities = try ensemble.probabilities(on: pool) { index, member in
      let architecture = member.head.architecture
      var matrix = FeatureMatrix(columnCount: architecture.pooled.count)
      do {
        try matrix.append(
          features: tails[index]?.features(of: features) ?? features, shape: architecture.input,
          pooling: architecture.pools, on: pool)
      } catch let error as HeadError {
        throw PipelineError("\(ensemble.file.path): \(error)")
      }
      return matrix
    }
    return (0..<count).map { row in
      let start = row * classNames.count
      return Prediction(
        classNames: classNames, probabilities: Array(probabilities[start..<start + classNames.count]),
        thresholds: ensemble.file.thresholds?.values)
    }
  }
}

/// What was predicted for a picture.
public struct Prediction: Sendable, Equatable {
  public let classNames: [String]
  /// Of each class, in the order of ``classNames``; their sum is 1, unless a picture has any number of classes.
  public let probabilities: [Float]
  /// From which probability on each class is answered, where a picture has any number of them; nil where it has one.
  public let thresholds: [Float]?

  init(classNames: [String], probabilities: [Float], thresholds: [Float]? = nil) {
    (self.classNames, self.probabilities, self.thresholds) = (classNames, probabilities, thresholds)
  }

  public struct Guess: Sendable, Equatable {
    public let name: String
    public let probability: Float
  }

  /// The most probable class.
  public var best: Guess { top(1)[0] }

  /// What is answered, the most probable first: the classes whose probability is at least their threshold where a picture
  /// has any number of them, and else the most probable class.
  public var answers: [Guess] {
    guard let thresholds else { return [best] }
    return order.filter { probabilities[$0] >= thresholds[$0] }.map(guess)
  }

  /// The most probable classes, the best first; of equal ones the first.
  public func top(_ count: Int) -> [Guess] {
    order.prefix(max(count, 1)).map(guess)
  }

  private var order: [Int] {
    probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
  }

  private func guess(_ label: Int) -> Guess { Guess(name: classNames[label], probability: probabilities[label]) }
}

extension HeadEnsemble {
  /// The head in a cache folder, or a head file.
  ///
  /// - Throws: as ``init(_:)``.
  package init(at path: String) throws {
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    // What is not there is a folder, unless it is called like a file.
    if isThere ? !isFolder.boolValue : path.hasSuffix(".h5") {
      try self.init(HeadFile(path), in: CacheFolder(AtomicFile.folder(of: path)))
    } else {
      try self.init(CacheFolder(path))
    }
  }

  /// Where it lies: heads that were not chosen lie in a folder of the cache folder.
  package func cache(downloads: String?) -> CacheFolder {
    let folder = AtomicFile.folder(of: file.path)
    let parent = CacheFolder(AtomicFile.folder(of: folder))
    return CacheFolder(parent.heads == folder ? parent.path : folder, downloads: downloads)
  }
}

extension ImageSize {
  /// Eight images of 224×224, or as many smaller ones as have about as many pixels.
  package var usualBatchSize: Int { min(max(8, 8 * 224 * 224 / (height * width)), 64) }
}
