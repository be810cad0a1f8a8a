import Core
import Weights

/// What `extract` prints about the network and about weight files, without any data or cache.
public enum Listings {
  /// VGG16's layers and the shapes of their outputs.
  ///
  /// - Parameter side: height and width of the images in pixels, at least 32.
  /// - Throws: ``PipelineError`` for a smaller one.
  public static func layers(side: Int, terminal: Terminal) throws {
    try ExtractionInputs.check(side: side)
    terminal.print("VGG16 on images of \(side)×\(side), to be cut by --layer after any of these:")
    let rows = VGG16.Layer.all.map { layer in
      [
        layer.name, layer.outputShape(height: side, width: side).description,
        layer == .block5Conv3 ? "the default cut" : "",
      ]
    }
    printTable([["layer", "height×width×channels", ""]] + rows, terminal)
  }

  /// Everything in a weight file, and what it is known to be.
  ///
  /// - Throws: WeightsError if it is no VGG16 that can be used, after what it is instead has been printed.
  public static func weights(at path: String, terminal: Terminal) throws {
    let inspection = try WeightInspection(contentsOf: path)
    terminal.print("\(path): \(inspection.format)")
    let rows = inspection.tensors.map { tensor in
      [tensor.listed.name.printable, tensor.listed.shapeDescription, tensor.listed.type.printable, tensor.role ?? ""]
    }
    printTable([["tensor", "shape", "type", "in VGG16"]] + rows, terminal)
    let weights = try inspection.weights.get()
    let preprocessing =
      weights.preprocessing?.description ?? "not known; --preprocessing caffe (as Keras, fast.ai) or torch (as torchvision)"
    let facts = [
      ["digest", weights.digest], ["known as", weights.knownAs ?? "not known"], ["preprocessing", preprocessing],
    ]
    printTable(facts + (weights.orientation.map { [["kernels", $0]] } ?? []), terminal)
  }

  /// Prints rows of the same number of cells, with their columns aligned, two spaces apart.
  private static func printTable(_ rows: [[String]], _ terminal: Terminal) {
    var lines = [String](repeating: "", count: rows.count)
    for column in rows[0].indices {
      let width = lines.reduce(0) { max($0, $1.count) }
      for (index, row) in rows.enumerated() where !row[column].isEmpty {
        lines[index] += String(repeating: " ", count: width - lines[index].count + 2) + row[column]
      }
    }
    for line in lines { terminal.print(line) }
  }
}
