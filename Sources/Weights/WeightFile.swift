import Core
import Foundation
import HDF5
import Storage
import Zip

/// A weight file that has been opened and whose convolutions have been found, but not read.
package struct WeightFile: Sendable {
  package let path: String
  package let content: WeightContent

  /// Recognises the format by the file's content.
  ///
  /// - Throws: ``WeightsError``.
  package init(path: String) throws {
    self.path = path
    var content = try Self.naming(path) { try WeightFormats.read(path) }
    if content.stated == nil { content.stated = PreprocessorFile.stated(beside: path) }
    self.content = content
  }

  /// Whether the kernels are turned by 180°; nil where only their digest, or what they do to an image, can tell.
  package var turned: Bool? {
    content.turned ?? (content.chain.convolutions.contains(where: \.mayBeTurned) ? nil : false)
  }

  /// The kernels (3×3×input×output) and biases, one for each convolution of `backbone`.
  ///
  /// - Parameter turned: whether to turn the kernels by 180°.
  /// - Throws: ``WeightsError`` where the file holds another number of convolutions or other shapes.
  package func parameters(
    matching backbone: Backbone, turned: Bool = false
  ) throws -> [(kernel: [Float], bias: [Float])] {
    try Self.naming(path) {
      guard let network = try network(backbone) else { throw complaint(against: backbone) }
      return try network.convolutions.map { try $0.parameters(turned: turned) }
    }
  }

  /// The network whose convolutions these are, as their number and shapes tell. Where they end within block 4 or 5 of one,
  /// or at the end of block 3, that network up to there.
  ///
  /// - Throws: ``WeightsError`` that says in what the file differs from the nearest of them.
  /// - Precondition: there are candidates.
  package func backbone(among candidates: [Backbone]) throws -> Backbone {
    try Self.naming(path) {
      if let backbone = try candidates.first(where: { try network($0) != nil }) { return backbone }
      // Cut networks fit several; up to there these are the same.
      let preferred = candidates.filter { $0 == .vgg16 } + candidates.filter { $0 != .vgg16 }
      for cut in preferred.flatMap(\.cuts) where content.chain.obstacle == nil {
        if let network = try network(cut), network.isWhole { return cut }
      }
      let ofThatDepth = candidates.first { $0.convolutions.count == content.chain.convolutions.count }
      // A chain that was broken off tells no depth.
      let nearest = content.chain.obstacle == nil ? ofThatDepth : nil
      throw complaint(against: nearest ?? preferred[0])
    }
  }

  private func complaint(against backbone: Backbone) -> Unreadable {
    let difference = difference(from: backbone.convolutions) ?? "its convolutions are of several networks"
    // A chain that was broken off counts only a part of what is in the file.
    let count =
      content.chain.obstacle == nil
      ? " with \(content.chain.convolutions.count) convolutions\(guess(otherThan: backbone))" : ""
    return Unreadable("\(content.format)\(count), not a \(backbone.title): \(difference)")
  }

  /// A known network that has as many convolutions as the file, in brackets.
  private func guess(otherThan backbone: Backbone) -> String {
    let count = content.chain.convolutions.count
    guard count != backbone.convolutions.count else { return "" }
    return Backbone.all.first { $0.convolutions.count == count }.map { " (a \($0.title)?)" } ?? ""
  }

  /// The first thing that is not as expected.
  private func difference(from expected: [Backbone.Convolution]) -> String? {
    let found = content.chain.convolutions
    for (convolution, row) in zip(found, expected) {
      if let mismatch = convolution.mismatch(with: row) { return mismatch }
    }
    let missing = found.count < expected.count ? expected[found.count] : nil
    if let missing {
      return content.chain.obstacle.map { "\($0); expected \(missing.withShape)" } ?? "\(missing.withShape) is missing"
    }
    for (index, (convolution, row)) in zip(found, expected).enumerated() {
      if let mismatch = convolution.misapplication(as: row, isLast: index == expected.count - 1) { return mismatch }
    }
    return nil
  }

  static func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as Unreadable {
      throw WeightsError(path: path, reason: error.reason)
    } catch let error as ZipError {
      throw WeightsError(path: path, reason: error.reason)
    } catch let error as HDF5Error {
      let text = error.description
      throw WeightsError(
        path: path, reason: text.hasPrefix(path + ": ") ? String(text.dropFirst(path.count + 2)) : text)
    }
  }
}
