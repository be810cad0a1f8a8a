import ArgumentParser

/// The network's weights, which extract computes with and an exported network holds.
struct WeightsOption: ParsableArguments {
  @Option(
    help: """
      A VGG weight file: Keras .h5, .weights.h5 or .keras, ONNX, PyTorch .pth, safetensors, or a folder of one (KerasHub, \
      Hugging Face); an exported or fine-tuned network takes the one that the features were extracted with. (default: the one in CACHE/weights)
      """, transform: path)
  var weights: String?
}
