/// Gathers a network's convolutions from a list of its layers that have weights, in the network's order.
///
/// In front of VGG16's convolutions may stand a normalisation, and behind them any head, but nothing between them.
struct ConvolutionChain {
  private(set) var convolutions: [StoredConvolution] = []
  private var foreigner: String?

  /// - Throws: ``Unreadable`` if something else stands between this convolution and those before it.
  mutating func append(_ convolution: StoredConvolution) throws {
    // Some heads have convolutions of 7×7 and 1×1 for dense layers.
    if !convolutions.isEmpty, convolution.kernel.shape.prefix(2) != [3, 3] {
      return appendOther("\(convolution.name), with a kernel of \(convolution.kernel.shape.timesJoined),")
    }
    if let foreigner { throw Unreadable("\(foreigner) stands between convolutions: not a VGG16") }
    convolutions.append(convolution)
  }

  /// - Parameter layer: what an error message calls it.
  mutating func appendOther(_ layer: String) {
    if !convolutions.isEmpty { foreigner = foreigner ?? layer }
  }

  /// Adds something that works on the last convolution's channels, to be folded into it; false if there is none to take it.
  mutating func append(_ follower: StoredConvolution.Follower) -> Bool {
    guard foreigner == nil, !convolutions.isEmpty else { return false }
    convolutions[convolutions.count - 1].followers.append(follower)
    return true
  }
}
