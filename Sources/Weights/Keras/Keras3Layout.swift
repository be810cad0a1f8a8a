import HDF5

/// Keras 3's HDF5 layout, `.weights.h5` (keras/src/saving/saving_lib.py): a group for each layer, called after its class
/// and numbered by class in the model's order: `layers/conv2d/vars/0` (kernel) and `/1` (bias), `layers/conv2d_1`, …
struct Keras3Layout {
  /// In the model's order.
  let tensors: [ListedTensor]
  let chain: ConvolutionChain

  /// Nil if the file has another layout.
  ///
  /// - Throws: ``Unreadable``, or HDF5Error.
  init?(_ file: HDF5File) throws {
    guard let layers = try file.layers else { return nil }
    var found = Layers()
    try found.collect(in: layers, depth: 0)
    tensors = found.tensors
    // The layout doesn't tell what stands between two convolutions, but a head has few of these and VGG16-BN has 13.
    let isNormalized = !found.convolutions.isEmpty && found.normalizations >= found.convolutions.count
    chain = ConvolutionChain(
      found.convolutions,
      obstacle: isNormalized
        ? "\(found.normalizations) batch normalisations stand beside \(found.convolutions.count) convolutions" : nil)
  }

  private struct Layers {
    var tensors: [ListedTensor] = []
    var convolutions: [StoredConvolution] = []
    var normalizations = 0
    /// How many names have been met: by links to one group, a small file can have any number of them.
    private var visited = 0

    /// - Parameter depth: how many models this one is inside of. VGG16 under a new head is inside one.
    mutating func collect(in layers: HDF5Group, depth: Int) throws {
      guard depth < 8 else { throw Unreadable("\(layers.path): models nested 8 deep, which no VGG16 is") }
      let names = try layers.memberNames.map(NumberedName.init).sorted()
      visited += names.count
      guard visited < 10_000 else { throw Unreadable("\(layers.path): more layers than any VGG16 has") }
      for name in names where try layers.kind(of: name.text) == .group {
        let layer = try layers.group(name.text)
        if try layer.kind(of: "vars") == .group { try add(layer, named: name.text) }
        if let layers = try layer.layers { try collect(in: layers, depth: depth + 1) }
      }
    }

    private mutating func add(_ layer: HDF5Group, named name: String) throws {
      let vars = try layer.group("vars")
      let weights = try vars.memberNames.map(NumberedName.init).sorted().map { try vars.dataset($0.text) }
      tensors += weights.map(ListedTensor.init)
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

extension HDF5Container {
  /// A model's layers. Keras of TensorFlow 2.12 to 2.15 called them by another name.
  fileprivate var layers: HDF5Group? {
    get throws {
      let name = try ["layers", "_layer_checkpoint_dependencies"].first { try kind(of: $0) == .group }
      return try name.map { try group($0) }
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
