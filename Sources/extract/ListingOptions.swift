import ArgumentParser
import Pipeline
import Programs

/// What can be asked without any data or cache, and leaves nothing behind.
struct ListingOptions: ParsableArguments {
  @Option(help: "Print what a weight file holds (format, tensors, digest, preprocessing), and stop.", transform: path)
  var inspectWeights: String?

  @Flag(help: "Print VGG16's layers and their output shapes at --size (default: 224), and stop.")
  var listLayers = false

  /// Prints what is asked for; false if nothing is.
  func run(size: Int?) throws -> Bool {
    if listLayers { try Listings.printLayers(side: size ?? 224, terminal: Terminal()) }
    if let path = inspectWeights { try Listings.printWeights(at: path, terminal: Terminal()) }
    return listLayers || inspectWeights != nil
  }
}
