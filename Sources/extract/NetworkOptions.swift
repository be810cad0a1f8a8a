import ArgumentParser
import Core
import Pipeline
import Programs

/// What the images become on their way into the network, and where it is cut.
struct NetworkOptions: ParsableArguments {
  @Option(
    help: """
      A VGG16 weight file: Keras .h5, .weights.h5 or .keras, ONNX, PyTorch .pth, safetensors. \
      (default: the one in CACHE/weights)
      """, transform: path)
  var weights: String?

  @Option(
    help: "Height and width that images are resized to, 32 or more. (default: 96 for digits, 224 for photographs)")
  var size: Int?

  @Option(
    help: """
      The layer whose output is the feature: block1_conv1 … block5_conv3, block1_pool … block5_pool. \
      (default: block5_conv3)
      """,
    transform: layer(named:))
  var layer = VGG16.Layer.block5Conv3

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
    try check(
      "--size", size, in: 32...8192, "VGG16 halves its input five times, and a layer of a larger image takes 16 GiB")
  }

  func fill(_ settings: inout Extraction.Settings) {
    settings.weights = weights
    settings.size = size
    settings.layer = layer
    settings.resizing.filter = resize
    settings.resizing.aspect = aspect
    settings.resizing.decodesFast = fastDecode
    settings.preprocessing = preprocessing
  }
}

extension ResizeFilter: ExpressibleByArgument {}
extension AspectRatio: ExpressibleByArgument {}

private func layer(named name: String) throws -> VGG16.Layer {
  guard let layer = VGG16.Layer(name) else {
    let hint = nearestName(to: name, among: VGG16.Layer.all.map(\.name)).map { " Did you mean '\($0)'?" } ?? ""
    throw ValidationError("VGG16 has no layer '\(name)'.\(hint) extract --list-layers shows them all.")
  }
  return layer
}

private func preprocessing(named name: String) throws -> Preprocessing {
  guard let preprocessing = Preprocessing.named(name) else {
    throw ValidationError("it is one of \(Preprocessing.all.map(\.name).joined(separator: ", ")).")
  }
  return preprocessing
}
