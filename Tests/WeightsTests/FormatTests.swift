import Testing
import Weights

/// The same weights, saved by the libraries that own the formats, are read to the last bit.
@Suite struct FormatTests {
  @Test(arguments: [
    ("keras1-notop.h5", "Keras HDF5 (legacy)"),
    ("keras2-split.h5", "Keras HDF5 (legacy)"),
    ("keras2.13.weights.h5", "Keras 3 weights"),
    ("keras3-legacy.h5", "Keras HDF5 (legacy)"),
    ("keras3-nested.h5", "Keras HDF5 (legacy, whole model)"),
    ("keras3.weights.h5", "Keras 3 weights"),
    ("keras3-nested.keras", "Keras 3 model"),
    ("keras3-bf16.weights.h5", "Keras 3 weights"),
    ("torch.pth", "PyTorch (zip)"),
    ("torch-views.pth", "PyTorch (zip)"),
    ("torch-legacy.pth", "PyTorch (legacy)"),
    ("torch-checkpoint.pth", "PyTorch (zip)"),
    ("torch-companions.pth", "PyTorch (zip)"),
    ("torch-ema.pth", "PyTorch (zip)"),
    ("torch-whole.pth", "PyTorch (zip)"),
    ("f32.safetensors", "safetensors"),
    ("timm.safetensors", "safetensors"),
    ("f16.safetensors", "safetensors"),
    ("bf16.safetensors", "safetensors"),
    ("onnx-torch.onnx", "ONNX"),
    ("onnx-dynamo.onnx", "ONNX"),
    ("onnx-odd.onnx", "ONNX"),
    ("onnx-zoo.onnx", "ONNX"),
  ])
  func holdsTheSameWeights(fixture: String, format: String) throws {
    let path = try Tiny.path(fixture)
    #expect(try WeightFile(path: path).content.format == format)
    #expect(try Tiny.read(path) == Tiny.expected())
  }

  /// Preprocessing follows the weights: that a file is Keras' says nothing.
  @Test(arguments: [
    "keras1-notop.h5", "keras3-legacy.h5", "keras3-nested.h5", "keras3.weights.h5", "keras3-nested.keras",
    "onnx-torch.onnx", "torch.pth", "f32.safetensors",
  ])
  func noContainerTellsThePreprocessing(fixture: String) throws {
    #expect(try WeightFile(path: Tiny.path(fixture)).content.preprocessing == nil)
  }

  /// Only a file of Keras 2 says that its kernels are turned.
  @Test(arguments: [("keras1-theano.h5", nil), ("keras1-fastai.h5", nil), ("keras2-on-theano.h5", true)])
  func turnsTheanosKernels(fixture: String, saysTurned: Bool?) throws {
    let file = try WeightFile(path: Tiny.path(fixture))
    #expect(file.content.format == "Keras HDF5 (legacy)")
    #expect(file.turned == saysTurned)
    let turned = try file.parameters(matching: Tiny.backbone, turned: true).flatMap { $0.kernel + $0.bias }
    #expect(turned == (try Tiny.expected()))
    #expect(try Tiny.read(Tiny.path(fixture)) != Tiny.expected())
  }

  @Test func othersAreNotTurned() throws {
    for fixture in ["keras1-notop.h5", "keras3-legacy.h5", "keras3.weights.h5", "torch.pth", "onnx-torch.onnx"] {
      #expect(try WeightFile(path: Tiny.path(fixture)).turned == false)
    }
  }

  @Test(arguments: ["onnx-torch-bn.onnx", "torch-bn-legacy.pth"])
  func foldsBatchNormalization(fixture: String) throws {
    let folded = try Tiny.read(Tiny.path(fixture))
    let expected = try Tiny.expected("tiny-bn.f32")
    #expect(folded.count == expected.count)
    #expect(zip(folded, expected).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) })
  }
}
