import Foundation

/// Whether the stage that runs is one of several that the command behind `./pipeline.sh` runs one after another.
package enum StageSequence {
  private static let variable = "FEATURE_CACHE_STAGES_FOLLOW"

  /// Whether another stage follows this one.
  package static var goesOn: Bool { ProcessInfo.processInfo.environment[variable] != nil }

  /// Tells the programs that are started from now on.
  package static func announce(_ follow: Bool) {
    if follow { setenv(variable, "1", 1) } else { unsetenv(variable) }
  }
}
