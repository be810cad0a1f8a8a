import Core

/// A network's convolutions, and what else has weights or stands between them, in the network's order.
///
/// In front of VGG16's convolutions may stand a normalisation or another convolution, and behind them any head, but
/// nothing between them.
package struct ConvolutionChain: Sendable {
  private enum Element {
    case convolution(StoredConvolution)
    /// What an error message calls a layer that no VGG16 has between its convolutions.
    case other(String)
    /// Why the network can't be followed any further.
    case end(String)
  }

  private var elements: [Element]

  init(_ convolutions: [StoredConvolution] = [], obstacle: String? = nil) {
    elements = convolutions.map(Element.convolution) + (obstacle.map { [.end($0)] } ?? [])
  }

  /// A network that is none of those read here, whatever its convolutions are.
  init(refusedFor obstacle: String) {
    elements = [.end(obstacle)]
  }

  /// Up to what makes the network another one than VGG16, if anything does.
  package var convolutions: [StoredConvolution] { run(from: 0).convolutions }

  /// What that is.
  var obstacle: String? { run(from: 0).obstacle }

  /// Every convolution, whatever stands between them.
  var allConvolutions: [StoredConvolution] {
    elements.compactMap { element in
      guard case .convolution(let convolution) = element else { return nil }
      return convolution
    }
  }

  mutating func append(_ convolution: StoredConvolution) {
    elements.append(.convolution(convolution))
  }

  /// - Parameter layer: what an error message calls it.
  mutating func appendOther(_ layer: String) {
    elements.append(.other(layer))
  }

  /// Adds something that works on the last convolution's channels, to be folded into it; false if there is none to take it.
  mutating func append(_ follower: StoredConvolution.Follower) -> Bool {
    guard case .convolution(var convolution)? = elements.last else { return false }
    convolution.followers.append(follower)
    elements[elements.count - 1] = .convolution(convolution)
    return true
  }
}

// MARK: - Finding a network

extension ConvolutionChain {
  /// The convolutions from an element on, up to what no VGG16 has between its convolutions.
  ///
  /// - Parameter limit: of the convolutions that are wanted.
  private func run(from start: Int, limit: Int = .max) -> (convolutions: [StoredConvolution], obstacle: String?) {
    var convolutions: [StoredConvolution] = []
    var foreigner: String?
    for element in elements[start...] {
      if convolutions.count == limit { break }
      switch element {
      case .convolution(let convolution):
        // Some heads have convolutions of 7×7 and 1×1 for dense layers.
        if !convolutions.isEmpty, convolution.kernel.shape.prefix(2) != [3, 3] {
          foreigner = foreigner ?? "\(convolution.name), with a kernel of \(convolution.kernel.shape.timesJoined),"
        } else if let foreigner {
          return (convolutions, "\(foreigner) stands before \(convolution.name)")
        } else {
          convolutions.append(convolution)
        }
      case .other(let layer):
        if !convolutions.isEmpty { foreigner = foreigner ?? layer }
      case .end(let obstacle):
        return (convolutions, obstacle)
      }
    }
    return (convolutions, nil)
  }

  /// The convolutions of `expected` where they follow each other here, behind any others and in front of any others; nil
  /// where they don't.
  func network(_ expected: [Backbone.Convolution]) -> [StoredConvolution]? {
    for start in elements.indices {
      guard case .convolution(let first) = elements[start], let wanted = expected.first,
        first.kernel.shape == wanted.kernelShape
      else { continue }
      let found = run(from: start, limit: expected.count).convolutions
      guard found.count == expected.count,
        expected.indices.allSatisfy({
          found[$0].mismatch(with: expected[$0]) == nil
            && found[$0].misapplication(as: expected[$0], isLast: $0 == expected.count - 1) == nil
        })
      else { continue }
      return found
    }
    return nil
  }
}

extension ConvolutionChain {
  /// Changes how the last convolution is applied, where that is known and nothing else came since.
  mutating func updateLast(_ change: (inout StoredConvolution.Application) -> Void) {
    guard case .convolution(var convolution)? = elements.last, var application = convolution.application else { return }
    change(&application)
    convolution.application = application
    elements[elements.count - 1] = .convolution(convolution)
  }
}
