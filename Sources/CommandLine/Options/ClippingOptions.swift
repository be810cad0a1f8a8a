import ArgumentParser
import Stages

/// Bounds of the probabilities that are written.
struct ClippingOptions: ParsableArguments {
  @Option(
    help: """
      The greatest probability that is written: a number such as 0.93, auto (the one with the lowest log-loss on the \
      validation split, up to 1 - 1/(N+2) for its N images) or off. (default: auto for probabilities, off for labels)
      """)
  var clip: Clipping.Choice?

  @Option(
    help: """
      What follows p = min(max(p, (1 - clip) / (K - 1)), clip): plain, nothing, as in the course's notebook; renormalized, \
      rows sum to 1 again.
      """)
  var clipFormula = Clipping.Formula.renormalized
}

extension Clipping.Choice: ExpressibleByArgument {}
extension Clipping.Formula: ExpressibleByArgument {}
