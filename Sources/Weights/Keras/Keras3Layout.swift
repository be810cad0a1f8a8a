import HDF5

/// Keras 3's HDF5 layout, `.weights.h5` (keras/src/saving/saving_lib.py): a group for each layer, called after its class
/// and numbered by class in the model's order: `layers/conv2d/vars/0` (kernel) and `/1` (bias), `layers/conv2d_1`, …
struct Keras3Layout {
  private let layers: HDF5Group

  /// Nil if the file has another layout. Keras 2.13 called `layers` by another name.
  init?(_ file: HDF5File) throws {
    let name = try ["layers", "_layer_checkpoint_dependencies"].first { try file.kind(of: $0) == .group }
    guard let name else { return nil }
    layers = try file.group(name)
  }

  /// In the model's order.
  ///
  /// - Throws: ``Unreadable``, or HDF5Error.
  func convolutions() throws -> [StoredConvolution] {
    var found = Layers()
    try found.collect(in: layers, depth: 0)
    // The layout doesn't tell what stands between two convolutions, but a head has few of these and VGG16-BN has 13.
    if !found.convolutions.isEmpty, found.normalizations >= found.convolutions.count {
      throw Unreadable(
        "\(found.normalizations) batch normalisations beside \(found.convolutions.count) convolutions: not a plain VGG16"
      )
    }
    return found.convolutions
  }

  private struct Layers {
    var convolutions: [StoredConvolution] = []
    var normalizations = 0

    /// - Parameter depth: how many models this one is inside of. VGG16 under a new head is inside one.
    mutating func collect(in layers: HDF5Group, depth: Int) throws {
      guard depth < 8 else { throw Unreadable("\(layers.path): models nested 8 deep, which no VGG16 is") }
      let names = try layers.memberNames.map(NumberedName.init).sorted()
      for name in names where try layers.kind(of: name.text) == .group {
        let layer = try layers.group(name.text)
        if try layer.kind(of: "vars") == .group { try add(layer, named: name.text) }
        if try layer.kind(of: "layers") == .group { try collect(in: layer.group("layers"), depth: depth + 1) }
      }
    }

    private mutating func add(_ layer: HDF5Group, named name: String) throws {
      let vars = try layer.group("vars")
      let weights = try vars.memberNames.map(NumberedName.init).sorted().map { try vars.dataset($0.text) }
      if let kernel = weights.first, kernel.shape.count == 4 {
        let name = try vars.hasAttribute("name") ? vars.attribute("name") : name
        convolutions.append(
          try StoredConvolution(kerasLayer: name, kernel: kernel, bias: weights.count > 1 ? weights[1] : nil))
      } else if weights.count == 4, weights.allSatisfy({ $0.shape.count == 1 }) {
        normalizations += 1
      }
    }
  }
}

/// A name ordered as Keras numbers them: conv2d, conv2d_1, conv2d_2, … conv2d_10.
private struct NumberedName: Comparable {
  let text: String
  private let stem: Substring
  private let number: Int

  init(_ text: String) {
    self.text = text
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    if parts.count > 1, let last = parts.last, let number = Int(last) {
      self.number = number
      stem = text.dropLast(last.count + 1)
    } else {
      number = Int(text) ?? 0
      stem = Int(text) == nil ? Substring(text) : ""
    }
  }

  static func < (a: NumberedName, b: NumberedName) -> Bool {
    (a.stem, a.number) < (b.stem, b.number)
  }
}
