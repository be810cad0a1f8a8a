import ArgumentParser
import FeatureStore

/// `--fine-tune`: of fit-head, but it decides where extract cuts the network.
enum FineTuningOption {
  static let name = "--fine-tune"
  static let usualCut = FineTuning.usualCut

  /// - Parameter layer: that extract is told to cut after.
  /// - Throws: `ValidationError` where fine-tuning can't start there.
  static func check(layer: String?) throws {
    guard let layer, layer.hasPrefix("block"), !layer.hasSuffix("_pool") || layer == "block5_pool" else { return }
    throw ValidationError(
      "\(name) trains the convolutions behind a pooling: \(usualCut) for block 5, block3_pool for blocks 4 and 5; "
        + "not \(layer).")
  }
}

extension String {
  /// An option's name without its dashes.
  var withoutDashes: String { String(drop { $0 == "-" }) }
}
