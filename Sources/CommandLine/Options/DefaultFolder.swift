import Foundation

/// The cache folder where none is named: `cache` in the folder where the user stands, or the project's own, which
/// `./pipeline.sh` tells. Weights and sample data are there, too, where a named folder has none.
enum DefaultFolder {
  /// The variable in which `./pipeline.sh` tells it.
  static let variable = "FEATURE_CACHE_FOLDER"

  static var path: String {
    let told = ProcessInfo.processInfo.environment[variable] ?? ""
    return told.isEmpty ? "cache" : told
  }
}
