import ArgumentParser
import Core
import FeatureStore
import Stages

/// What the images become on their way into the network, and where it is cut.
struct NetworkOptions: ParsableArguments {
  @Option(
    help: """
      The network that the weights must be of: \(Backbone.all.map(\.name).joined(separator: ", ")). \
      (default: the one that the file holds)
      """,
    transform: backbone(named:))
  var network: Backbone?

  @Option(
    help: """
      Height and width that images are resized to, 32 or more; without a stage several: 64,96,128 are compared. \
      (default: 96 for digits, 224 for photographs)
      """,
    transform: sideLength)
  var size: Int?

  @Option(
    help: """
      The layer whose output is the feature: block1_conv1 … block5_conv3, block1_pool … block5_pool; without a stage \
      several: block4_pool,block5_conv3 are compared. \
      (default: the last convolution, in VGG16 block5_conv3)
      """,
    transform: layer(named:))
  var layer: String?

  @Option(help: "How images are resized, as Pillow does it.")
  var resize = ResizeFilter.bilinear

  @Option(help: "Images that are not square: stretch them, crop the centre, or pad with black.")
  var aspect = AspectRatio.stretch

  @Flag(help: "Decode JPEGs of more than 6 times --size at 1/2, 1/4 or 1/8: faster, and not quite the same pixels.")
  var fastDecode = false

  @Option(
    help: """
      What is done to pixels before the first layer: caffe, caffe-rgb, torch, tf or unit. \
      (default: what the weights want)
      """,
    transform: preprocessing(named:))
  var preprocessing: Preprocessing?

  func validate() throws {
    if let network, let layer { try check(layer: layer, among: [network]) }
    try check(
      "--size", size, in: 32...Backbone.maximumSize,
      "VGG halves its input five times, and a layer of a larger image takes 16 GiB")
  }

  /// - Parameter weights: a weight file; nil: the one in the cache folder.
  func request(weights: String?) -> FeatureRequest {
    var resizing = Resizing()
    (resizing.filter, resizing.aspect, resizing.decodesFast) = (resize, aspect, fastDecode)
    return FeatureRequest(
      weights: weights, network: network, layer: layer, size: size, resizing: resizing, preprocessing: preprocessing)
  }
}

extension ResizeFilter: ExpressibleByArgument {}
extension AspectRatio: ExpressibleByArgument {}

private func backbone(named name: String) throws -> Backbone {
  guard let backbone = Backbone.named(name) else {
    throw ValidationError("it is one of \(Backbone.all.map(\.name).joined(separator: ", ")).")
  }
  return backbone
}

private func sideLength(_ text: String) throws -> Int {
  try checkSingle(text)
  guard let size = Int(text) else { throw ValidationError("it is a whole number of pixels.") }
  return size
}

/// - Throws: `ValidationError` where there are several, which only whole runs compare.
private func checkSingle(_ text: String) throws {
  guard text.contains(",") else { return }
  throw ValidationError("it is one here; several are compared by ./pipeline.sh without a stage.")
}

/// A layer of some network; which one, only the weights tell.
private func layer(named name: String) throws -> String {
  try checkSingle(name)
  try check(layer: name, among: Backbone.all)
  return name
}

private func check(layer name: String, among networks: [Backbone]) throws {
  guard networks.allSatisfy({ $0.layer(named: name) == nil }) else { return }
  let network = networks.count == 1 ? networks[0] : .vgg16
  let hint = nearestName(to: name, among: network.layers.map(\.name)).map { " Did you mean '\($0)'?" } ?? ""
  throw ValidationError("\(network.title) has no layer '\(name)'.\(hint) extract --list-layers shows them all.")
}

private func preprocessing(named name: String) throws -> Preprocessing {
  guard let preprocessing = Preprocessing.named(name) else {
    throw ValidationError("it is one of \(Preprocessing.all.map(\.name).joined(separator: ", ")).")
  }
  return preprocessing
}
