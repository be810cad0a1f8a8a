import ArgumentParser
import Console
import Core
import Stages

/// What can be asked without any data or cache, and leaves nothing behind.
struct ListingOptions: ParsableArguments {
  @Option(
    help: "Print what a weight file holds (format, tensors, network, digest, preprocessing), and stop.", transform: path
  )
  var inspectWeights: String?

  @Flag(
    help: "Print the layers of --network (default: vgg16) and their output shapes at --size (default: 224), and stop.")
  var listLayers = false

  var isGiven: Bool { listLayers || inspectWeights != nil }

  /// Prints what is asked for; false if nothing is.
  func run(size: Int?, network: Backbone?) throws -> Bool {
    if listLayers { try Listings.printLayers(of: network ?? .vgg16, side: size ?? 224, terminal: Terminal()) }
    if let path = inspectWeights { try Listings.printWeights(at: path, terminal: Terminal()) }
    return isGiven
  }
}
