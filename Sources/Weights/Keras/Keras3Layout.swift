import HDF5

/// Keras 3's HDF5 layout, `.weights.h5` (keras/src/saving/saving_lib.py): a group for each layer, called after its class
/// and numbered by class in the model's order: `layers/conv2d/vars/0` (kernel) and `/1` (bias), `layers/conv2d_1`, …
/// Layers that a model or a layer of one's own holds as attributes are groups called after the attributes.
struct Keras3Layout {
  /// In the model's order.
  let tensors: [ListedTensor]
  let chain: ConvolutionChain
  let parts: [NetworkPart]
  /// Of the Normalization layers, by name.
  let moments: [String: KerasMoments]

  /// Nil if the file has another layout.
  ///
  /// - Parameter configuration: of the model, which tells the order of layers of different classes.
  /// - Throws: ``Unreadable``, or HDF5Error.
  init?(_ file: HDF5File, configuration: KerasConfiguration?) throws {
    guard try file.layerList != nil || file.hasLayersAsAttributes(depth: 0) else { return nil }
    var walk = Keras3Walk()
    let root = try walk.layer(file, configuration: configuration, depth: 0)
    tensors = root.allWeights.map(ListedTensor.init)
    chain = try root.chain()
    let normalizations = try root.leaves.compactMap { leaf in
      try KerasMoments(weights: leaf.weights).map { (leaf.name, $0) }
    }
    moments = Dictionary(normalizations) { first, _ in first }
    parts = try root.models.dropFirst().map { NetworkPart(name: $0.name, chain: try $0.chain()) }
  }
}

/// A layer with what is inside of it, in the model's order.
private struct Keras3Layer {
  /// What the model calls it, where the file says; else the group's name.
  let name: String
  let weights: [HDF5Dataset]
  var children: [Keras3Layer] = []
  let configuration: KerasConfiguration?

  var allWeights: [HDF5Dataset] { weights + children.flatMap(\.allWeights) }

  var leaves: [Keras3Layer] {
    (weights.isEmpty && !children.isEmpty ? [] : [self]) + children.flatMap(\.leaves)
  }

  var isConvolution: Bool { weights.first?.shape.count == 4 }

  private var isNormalization: Bool { weights.count == 4 && weights.allSatisfy { $0.shape.count == 1 } }

  /// This and all inside that have convolutions enough for a VGG.
  var models: [Keras3Layer] {
    guard !children.isEmpty, leaves.count(where: \.isConvolution) >= 8 else { return [] }
    return [self] + children.flatMap(\.models)
  }

  /// - Throws: ``Unreadable``, or HDF5Error.
  func chain() throws -> ConvolutionChain {
    let leaves = leaves
    let convolutions = leaves.count(where: \.isConvolution)
    let normalizations = leaves.count(where: \.isNormalization)
    // Without a configuration nothing tells what stands between two convolutions, but a head has few normalisations and
    // VGG16-BN has 13.
    let isArranged = leaves.contains { $0.configuration != nil }
    guard isArranged || convolutions == 0 || normalizations < convolutions else {
      return ConvolutionChain(
        refusedFor: "\(normalizations) batch normalisations stand beside \(convolutions) convolutions")
    }
    var chain = KerasChain()
    for leaf in leaves {
      if leaf.isConvolution {
        let bias = leaf.weights.count > 1 ? leaf.weights[1] : nil
        try chain.append(leaf.name, kernel: leaf.weights[0], bias: bias, leaf.configuration)
      } else if let configuration = leaf.configuration {
        chain.append(configuration)
      }
    }
    return chain.chain
  }
}

// MARK: - The groups

private struct Keras3Walk {
  /// How many names have been met: by links to one group, a small file can have any number of them.
  private var visited = 0

  /// - Parameter depth: how many groups this one is inside of; a model inside a model is inside of two.
  mutating func layer(
    _ group: any HDF5Container, configuration: KerasConfiguration?, depth: Int
  ) throws -> Keras3Layer {
    guard depth < 16 else { throw Unreadable("\(group.path): models nested 8 deep, which no VGG16 is") }
    var name = configuration?.name ?? group.path.split(separator: "/").last.map(String.init) ?? ""
    var weights: [HDF5Dataset] = []
    if try group.kind(of: "vars") == .group {
      let vars = try group.group("vars")
      weights = try names(in: vars).map { try vars.dataset($0) }
      if try vars.hasAttribute("name") { name = try vars.attribute("name") }
    }
    var layer = Keras3Layer(name: name, weights: weights, configuration: configuration)
    if let list = try group.layerList {
      layer.children = try layers(in: list, configuration: configuration, depth: depth + 1)
    }
    for name in try names(in: group) where try !KerasGroup.isReserved(name) && group.kind(of: name) == .group {
      layer.children.append(try self.layer(group.group(name), configuration: nil, depth: depth + 1))
    }
    return layer
  }

  /// In the configuration's order, with what has no weights; without one, by number and class.
  private mutating func layers(
    in list: HDF5Group, configuration: KerasConfiguration?, depth: Int
  ) throws -> [Keras3Layer] {
    var names = try names(in: list).filter { try list.kind(of: $0) == .group }
    var layers: [Keras3Layer] = []
    for (name, configuration) in configuration?.groups(among: names) ?? [] {
      if let name {
        names.removeAll { $0 == name }
        layers.append(try layer(list.group(name), configuration: configuration, depth: depth + 1))
      } else {
        layers.append(Keras3Layer(name: configuration.name, weights: [], configuration: configuration))
      }
    }
    for name in names { layers.append(try layer(list.group(name), configuration: nil, depth: depth + 1)) }
    return layers
  }

  private mutating func names(in group: any HDF5Container) throws -> [String] {
    let names = try group.memberNames
    visited += names.count
    guard visited < 10_000 else { throw Unreadable("\(group.path): more layers than any VGG16 has") }
    return names.map(NumberedName.init).sorted().map(\.text)
  }
}

/// The names in a Keras file that are no layer's.
private enum KerasGroup {
  /// What a model's layers are in. Keras of TensorFlow 2.12 to 2.15 called them by the second name.
  static let layerLists = ["layers", "_layer_checkpoint_dependencies"]

  /// The optimizer's state has the shapes of the weights, too.
  static func isReserved(_ name: String) -> Bool {
    layerLists.contains(name) || ["vars", "optimizer"].contains(name)
  }
}

extension HDF5Container {
  /// A model's layers.
  fileprivate var layerList: HDF5Group? {
    get throws {
      let name = try KerasGroup.layerLists.first { try kind(of: $0) == .group }
      return try name.map { try group($0) }
    }
  }

  /// Whether this is a model of one's own, whose layers are attributes: groups with `vars` or `layers`, perhaps in others.
  fileprivate func hasLayersAsAttributes(depth: Int) throws -> Bool {
    try memberNames.prefix(100).contains { name in
      guard depth < 3, !KerasGroup.isReserved(name), try kind(of: name) == .group else { return false }
      let group = try group(name)
      return try group.kind(of: "vars") == .group || group.layerList != nil
        || group.hasLayersAsAttributes(depth: depth + 1)
    }
  }
}

extension KerasConfiguration {
  /// Each of a model's layers with the name of its group, if it has one: its class in snake case, numbered.
  fileprivate func groups(among names: [String]) -> [(name: String?, KerasConfiguration)] {
    guard let layers else { return [] }
    let classes = Dictionary(grouping: layers.indices) { layers[$0].className.snakeCased }
    var found: [Int: String] = [:]
    for (stem, positions) in classes {
      let expected = positions.indices.map { $0 == 0 ? stem : "\(stem)_\($0)" }
      let there = names.filter { $0 == stem || Int($0.dropFirst(stem.count + 1)) != nil && $0.hasPrefix(stem + "_") }
      // Keras 2.13 counts every second one.
      let isCounted = there.allSatisfy(expected.contains) || there.count != positions.count
      for (position, name) in zip(positions, isCounted ? expected : there) where there.contains(name) {
        found[position] = name
      }
    }
    return layers.enumerated().map { (found[$0.offset], $0.element) }
  }
}

extension String {
  /// `BatchNormalization` to `batch_normalization`, as keras/src/utils/naming.py has it.
  fileprivate var snakeCased: String {
    var result = ""
    let letters = Array(self)
    for (index, letter) in letters.enumerated() {
      let previous = index > 0 ? letters[index - 1] : nil
      let next = index + 1 < letters.count ? letters[index + 1] : nil
      let startsWord = letter.isUppercase && (next?.isLowercase == true || previous?.isLowercase == true)
      if startsWord, previous != nil, previous != "_" { result += "_" }
      result += letter.lowercased()
    }
    return result
  }
}

/// A name ordered as Keras numbers them: conv2d, conv2d_1, conv2d_2, … conv2d_10.
private struct NumberedName: Comparable {
  let text: String
  /// Digits and what stands between them, in turns.
  private let parts: [(text: String, number: Int)]

  init(_ text: String) {
    self.text = text
    var parts: [(text: String, number: Int)] = []
    var rest = text[...]
    while !rest.isEmpty {
      let letters = rest.prefix { !("0"..."9").contains($0) }
      let digits = rest.dropFirst(letters.count).prefix { ("0"..."9").contains($0) }
      parts.append((String(letters), Int(digits) ?? (digits.isEmpty ? -1 : .max)))
      rest = rest.dropFirst(letters.count + digits.count)
    }
    self.parts = parts
  }

  static func == (a: NumberedName, b: NumberedName) -> Bool { a.text == b.text }

  static func < (a: NumberedName, b: NumberedName) -> Bool {
    a.parts.lexicographicallyPrecedes(b.parts) { ($0.text, $0.number) < ($1.text, $1.number) }
  }
}
