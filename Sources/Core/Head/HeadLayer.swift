/// What the layers need to know about a pass over a batch.
struct HeadPass: Sendable {
  /// The rows of the batch.
  let rows: Int
  /// The number of this training step, from 1; 0 for inference.
  let step: UInt64
  let seed: UInt64

  var isTraining: Bool { step > 0 }
}

/// A layer in memory: it knows where its input is, and owns its output and its parameters.
///
/// Each call works on a panel, a range of the output's columns in vectors, and touches nothing of other panels, so that
/// threads can share a layer by panels.
protocol HeadLayer: AnyObject {
  /// B×O.
  var output: Matrix { get }
  /// What training updates, in Keras' order.
  var parameters: [Parameter] { get }
  /// All that makes up the layer's state, in Keras' order: the parameters' values first.
  var variables: [Matrix] { get }
  /// Fills the panel of ``output``.
  func forward(pass: HeadPass, panel: Range<Int>)
  /// Turns the gradient by the output into that by the input (by the sum x W + b in a dense layer), in place, and
  /// computes that by the parameters.
  func backward(_ gradient: Matrix, pass: HeadPass, panel: Range<Int>)
  /// Takes Adam's step.
  func update(_ adam: AdamStep, panel: Range<Int>)
}

extension HeadLayer {
  var parameters: [Parameter] { [] }

  var variables: [Matrix] { parameters.map { $0.value } }

  func update(_ adam: AdamStep, panel: Range<Int>) {
    for parameter in parameters { adam.update(parameter, panel: panel) }
  }
}
