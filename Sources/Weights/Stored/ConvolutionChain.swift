/// Gathers a network's convolutions from a list of its layers that have weights, in the network's order.
///
/// In front of VGG16's convolutions may stand a normalisation, and behind them any head, but nothing between them.
package struct ConvolutionChain: Sendable {
  /// Up to what makes the network another one than VGG16, if anything does.
  package private(set) var convolutions: [StoredConvolution]
  /// What that is.
  private(set) var obstacle: String?
  private var foreigner: String?

  init(_ convolutions: [StoredConvolution] = [], obstacle: String? = nil) {
    self.convolutions = convolutions
    self.obstacle = obstacle
  }

  mutating func append(_ convolution: StoredConvolution) {
    // Some heads have convolutions of 7×7 and 1×1 for dense layers.
    if !convolutions.isEmpty, convolution.kernel.shape.prefix(2) != [3, 3] {
      return appendOther("\(convolution.name), with a kernel of \(convolution.kernel.shape.timesJoined),")
    }
    if let foreigner { obstacle = obstacle ?? "\(foreigner) stands before \(convolution.name)" }
    if obstacle == nil { convolutions.append(convolution) }
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
