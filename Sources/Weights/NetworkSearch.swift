import Core

/// A network where it was found in a weight file.
struct FoundNetwork {
  let convolutions: [StoredConvolution]
  /// The part of the file that it is, where it is not all of it.
  var part: NetworkPart?
  /// Names of convolutions that an image passes through in front of it.
  var inFront: [String] = []
  /// Other parts that would do as well, and were not taken.
  var others: [NetworkPart] = []
  /// Whether the file's own chain of convolutions ends with it.
  var isWhole: Bool
}

extension WeightFile {
  /// Where a network is in the file: the whole of it, or the one part with these convolutions. Of a checkpoint's entries that
  /// have it, the first.
  ///
  /// - Returns: nil where it is not there.
  /// - Throws: ``Unreadable`` where two parts have it, which only their owner can choose from.
  func network(_ backbone: Backbone) throws -> FoundNetwork? {
    var found: [(part: NetworkPart, convolutions: [StoredConvolution])] = []
    for part in content.parts {
      guard let convolutions = part.chain.network(backbone.convolutions) else { continue }
      // A part of a part is the same network once more.
      let isKnown = found.contains {
        $0.part.entry == part.entry && $0.convolutions[0].kernel.name == convolutions[0].kernel.name
      }
      if !isKnown { found.append((part, convolutions)) }
    }
    let ofFirstEntry = found.filter { $0.part.entry == found[0].part.entry }
    guard ofFirstEntry.count <= 1 else {
      let names = ofFirstEntry.prefix(3).map(\.part.name).joined(separator: ", ")
      throw Unreadable(
        "\(content.format) with \(ofFirstEntry.count) networks that are a \(backbone.title): \(names); save the one that "
          + "you want in a file of its own")
    }
    if let (part, convolutions) = found.first {
      var network = describe(convolutions, in: part.chain)
      network.part = part
      network.others = found.dropFirst().map(\.part)
      return network
    }
    return content.chain.network(backbone.convolutions).map { describe($0, in: content.chain) }
  }

  private func describe(_ convolutions: [StoredConvolution], in part: ConvolutionChain) -> FoundNetwork {
    func names(before first: StoredConvolution, in chain: ConvolutionChain) -> [String] {
      let all = chain.allConvolutions
      let position = all.firstIndex { $0.kernel.name == first.kernel.name } ?? 0
      return all[..<position].map(\.name)
    }
    // In a checkpoint the whole is another entry's.
    let isInside = content.chain.allConvolutions.contains { $0.kernel.name == convolutions[0].kernel.name }
    return FoundNetwork(
      convolutions: convolutions,
      inFront: names(before: convolutions[0], in: isInside ? content.chain : part),
      isWhole: part.convolutions.count == convolutions.count && part.obstacle == nil)
  }
}

extension WeightFile {
  /// What is to be said of where the network was found.
  package func notes(on backbone: Backbone) throws -> [String] { try placeAndPreprocessing(of: backbone).notes }

  /// What the file says that is done to an image in front of the network, and what is to be said of where it was found.
  func placeAndPreprocessing(of backbone: Backbone) throws -> (stated: StatedPreprocessing?, notes: [String]) {
    guard let network = try network(backbone) else { return (content.stated, []) }
    var notes: [String] = []
    if let part = network.part, !network.others.isEmpty {
      let others = network.others.prefix(3).map(\.name).joined(separator: ", ")
      notes.append("taken is \(part.name); \(others) would do, too: to use it, save it in a file of its own")
    } else if let part = network.part, content.chain.network(backbone.convolutions) == nil {
      notes.append("the \(backbone.title) is \(part.name), a part of what is there")
    }
    if backbone.convolutions.count < (Backbone.named(backbone.name)?.convolutions.count ?? 0) {
      let last = backbone.convolutions[backbone.convolutions.count - 1]
      notes.append("the \(backbone.title) ends with \(last.name): --layer goes up to \(last.pooling ?? last.name)")
    }
    guard !network.inFront.isEmpty else { return (content.stated, notes) }
    let names = network.inFront.prefix(3).joined(separator: ", ")
    notes.append("in front of the \(backbone.title) stands \(names), which is left out")
    return (.unclear("its convolution \(names) in front of the \(backbone.title)"), notes)
  }
}

extension Backbone {
  /// This network up to each convolution from the end of block 3 on, the longest first.
  var cuts: [Backbone] {
    let ends = convolutions.indices.filter { convolutions[$0].pooling != nil }
    guard ends.count > 3 else { return [] }
    // Any small network begins with six such convolutions, and there these differ from each other.
    return (max(ends[2], 6)..<convolutions.count - 1).reversed().map { last in
      Backbone(name: name, convolutions: Array(convolutions[...last]))
    }
  }
}
