import Core

/// What a model does to an image in front of its first convolution.
enum KerasPreprocessing {
  /// - Parameters:
  ///   - configuration: of the whole model; nil where the file holds only its weights.
  ///   - moments: of its Normalization layers, by name.
  /// - Returns: nil where nothing stands there, or there is no convolution to stand in front of.
  static func stated(
    by configuration: KerasConfiguration?, _ moments: [String: KerasMoments]
  ) -> StatedPreprocessing? {
    guard let configuration else {
      // Nothing tells what stands in front of it, or in which order: a Rescaling has no weights.
      return moments.isEmpty ? nil : .unclear(moments.keys.sorted().map { "its layer \($0)" }.joined(separator: ", "))
    }
    let leaves = configuration.leaves
    guard let first = leaves.firstIndex(where: \.isConvolution) else { return nil }
    let front = leaves[..<first].filter { !$0.isNeutral }
    guard !front.isEmpty else { return nil }
    let labels = front.map(\.label).joined(separator: ", ")
    let maps = front.compactMap { $0.linearMap(moments: moments[$0.name]) }
    if maps.count == front.count, let preprocessing = Preprocessing(maps) {
      return .plain(preprocessing, by: "its \(labels)")
    }
    // keras.applications' preprocess_input within a model: operations that turn the channels around, and one that adds.
    if front.contains(where: { $0.numbersAnywhere.contains([-103.939, -116.779, -123.68]) }) {
      return .plain(.caffe, by: "its \(labels)")
    }
    return .unclear("its \(labels)")
  }
}

extension Preprocessing {
  /// Maps of red, green and blue, 0–255, one after another; one of ``all`` where it is that. Nil for another number of
  /// channels, and for maps that no image survives.
  init?(_ maps: [(scale: [Double], offset: [Double])]) {
    var scale = [1.0, 1, 1]
    var offset = [0.0, 0, 0]
    for map in maps {
      guard let next = map.scale.forThreeChannels, let added = map.offset.forThreeChannels else { return nil }
      scale = zip(scale, next).map { $0 * $1 }
      offset = (0..<3).map { offset[$0] * next[$0] + added[$0] }
    }
    let mean = (0..<3).map { Float(-offset[$0] / scale[$0]) }
    let deviation = scale.map { Float(1 / $0) }
    guard (mean + deviation).allSatisfy(\.isFinite), deviation.allSatisfy({ $0 != 0 && abs($0) < 1e30 }) else {
      return nil
    }
    let own = Preprocessing("file", .rgb, mean: mean, deviation: deviation)
    self = Self.all.first { $0.order == .rgb && $0.isNearly(own) } ?? own
  }

  /// Whether both make the same of black and of white, within a thousandth of the range.
  private func isNearly(_ other: Preprocessing) -> Bool {
    (0..<3).allSatisfy { channel in
      let range = abs(255 / (divisor * deviation[channel]))
      return [Float(0), 255].allSatisfy { level in
        let values = [self, other].map { (level / $0.divisor - $0.mean[channel]) / $0.deviation[channel] }
        return abs(values[0] - values[1]) <= 1e-3 * range
      }
    }
  }
}

extension [Double] {
  /// One number stands for all channels.
  fileprivate var forThreeChannels: [Double]? {
    switch count {
    case 1: [self[0], self[0], self[0]]
    case 3: self
    default: nil
    }
  }

  /// Whether these numbers follow each other in it, within a thousandth.
  fileprivate func contains(_ pattern: [Double]) -> Bool {
    guard count >= pattern.count else { return false }
    return (0...count - pattern.count).contains { start in
      pattern.indices.allSatisfy { abs(self[start + $0] - pattern[$0]) < 1e-3 }
    }
  }
}
