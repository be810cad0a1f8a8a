import Console
import Core
import Support
import Weights

/// What `extract` prints about the network and about weight files, without any data or cache.
public enum Listings {
  /// Prints a network's layers and the shapes of their outputs.
  ///
  /// - Parameters:
  ///   - backbone: the network.
  ///   - side: height and width of the images in pixels, at least 32.
  ///   - terminal: where they are printed.
  /// - Throws: `PipelineError` for a smaller one.
  public static func printLayers(of backbone: Backbone = .vgg16, side: Int, terminal: Terminal) throws {
    for line in try layers(of: backbone, side: side) { terminal.print(line) }
  }

  /// Prints everything in a weight file, and what it is known to be.
  ///
  /// - Throws: WeightsError if it is no VGG16 that can be used, after what it is instead has been printed.
  public static func printWeights(at path: String, terminal: Terminal) throws {
    let inspection = try WeightInspection(contentsOf: path)
    terminal.print("\(path): \(inspection.format)")
    for line in tensors(of: inspection) { terminal.print(line) }
    for line in facts(about: try inspection.weights.get()) { terminal.print(line) }
  }

  package static func layers(of backbone: Backbone = .vgg16, side: Int) throws -> [String] {
    try FeatureRequest.check(side: side, for: backbone)
    let rows = backbone.layers.map { layer in
      let mark = layer == backbone.lastConvolution ? "the default" : ""
      return [layer.name, layer.outputShape(height: side, width: side).description, mark]
    }
    return ["\(backbone.title) on images of \(side)×\(side), to be cut by --layer after any of these:"]
      + indented([["layer", "height×width×channels", ""]] + rows)
  }

  package static func tensors(of inspection: WeightInspection) -> [String] {
    let rows = inspection.tensors.map { tensor in
      [tensor.listed.name.printable, tensor.listed.shapeDescription, tensor.listed.type.printable, tensor.role ?? ""]
    }
    let backbone = (try? inspection.weights.get())?.weights.backbone ?? .vgg16
    return indented([["tensor", "shape", "type", "in \(backbone.title)"]] + rows)
  }

  package static func facts(about weights: PublishedWeights) -> [String] {
    let facts = [
      ["network", weights.weights.backbone.name],
      ["digest", weights.digest],
      ["known as", weights.knownAs ?? "not known"],
      ["preprocessing", preprocessing(of: weights)],
    ]
    let notes = weights.notes.map { ["note", $0.printable] }
    return indented(facts + (weights.orientation.map { [["kernels", $0]] } ?? []) + notes)
  }

  private static func preprocessing(of weights: PublishedWeights) -> String {
    guard let preprocessing = weights.preprocessing else {
      let obstacle = weights.unclearPreprocessing.map { " (\($0.printable) is not understood)" } ?? ""
      return "not known\(obstacle): give --preprocessing to extract"
    }
    return preprocessing.description + (weights.preprocessingSource.map { ", as \($0.printable) says" } ?? "")
  }

  private static func indented(_ rows: [[String]]) -> [String] { aligned(rows).map { "  " + $0 } }
}
