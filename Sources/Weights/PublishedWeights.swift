import Core
import Crypto
import Foundation

/// VGG16's weights as somebody published them, and what is known about them.
public struct PublishedWeights: Sendable {
  /// For people: "ONNX", "Keras HDF5 (legacy)".
  public let format: String
  public let weights: VGG16Weights
  /// SHA-256 over every layer's kernel (3×3×input×output) and then bias, float32, little-endian; in hexadecimal digits.
  /// The same weights have the same digest, whatever file they come in.
  public let digest: String
  /// The name of these very weights, if they are known.
  public let knownAs: String?
  /// What they want done to an image; nil where neither the digest nor the format tells.
  public let preprocessing: Preprocessing?

  /// Reads VGG16, with or without its top, from Keras' HDF5 files of any version, .keras, ONNX, PyTorch's state dicts or
  /// safetensors, recognising the format by content.
  ///
  /// - Throws: ``WeightsError`` if the file can't be read, is damaged, is in no known format, or is of another network.
  public static func read(contentsOf path: String) throws -> PublishedWeights {
    let file = try WeightFile(path: path)
    for turned in file.mayBeTurned ? [false, true] : [false] {
      let weights = try VGG16Weights(file, turned: turned)
      let digest = weights.digest
      let known = KnownWeights.recognize(digest: digest, path: path)
      if file.mayBeTurned && known == nil { continue }
      return PublishedWeights(
        format: file.content.format, weights: weights, digest: digest, knownAs: known?.name,
        preprocessing: known?.preprocessing ?? file.content.preprocessing)
    }
    throw WeightsError(
      path: path,
      reason:
        "\(file.content.format) with kernels in Theano's order, which may or may not be turned by 180°, and neither way "
        + "are they weights known here; load them in Keras with the TensorFlow order, check, and save again")
  }
}

extension VGG16Weights {
  fileprivate init(_ file: WeightFile, turned: Bool) throws {
    let parameters = try file.parameters(matching: VGG16.convolutions.map(ExpectedConvolution.init), turned: turned)
    self.init(convolutions: parameters.map { Convolution(kernel: $0.kernel, bias: $0.bias) })
  }
}

extension ExpectedConvolution {
  init(_ row: VGG16.Convolution) {
    self.init(name: row.name, inputChannels: row.inputChannels, outputChannels: row.outputChannels)
  }
}

extension VGG16Weights {
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
