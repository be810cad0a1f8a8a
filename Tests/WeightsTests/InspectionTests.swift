import Core
import Foundation
import Testing
import Weights

/// What `extract --inspect-weights` tells of a file, whether it is a VGG16 or not.
@Suite struct InspectionTests {
  /// Every format lists all that is in the file, under the file's own names and in its own order of axes.
  @Test(arguments: [
    ("keras1-fastai.h5", 32, "/convolution2d_1/convolution2d_1_W", [2, 3, 3, 3], "float32"),
    ("keras1-theano.h5", 26, "/layer_1/param_0", [2, 3, 3, 3], "float32"),
    ("keras3-nested.h5", 34, "/model_weights/vgg16/block1_conv1/kernel", [3, 3, 3, 2], "float32"),
    ("keras3.weights.h5", 26, "/layers/conv2d/vars/0", [3, 3, 3, 2], "float32"),
    ("torch-views.pth", 28, "features.0.bias", [2], "float64"),
    ("torch-bn-legacy.pth", 93, "features.1.num_batches_tracked", [], "int64"),
    ("bf16.safetensors", 28, "features.0.weight", [2, 3, 3, 3], "bfloat16"),
    ("onnx-zoo.onnx", 28, "vgg0_conv0_weight", [2, 3, 3, 3], "float32"),
  ])
  func listsEverything(fixture: String, count: Int, name: String, shape: [Int], type: String) throws {
    let inspection = try WeightInspection(contentsOf: Tiny.path(fixture))
    #expect(inspection.tensors.count == count)
    let tensor = try #require(inspection.tensors.map(\.listed).first { $0.name == name }, "\(inspection.tensors)")
    #expect(tensor == ListedTensor(name: name, shape: shape, type: type))
  }

  @Test func saysWhyItIsNoVGG16() throws {
    let path = try Tiny.path("torch-checkpoint.pth")
    let inspection = try WeightInspection(contentsOf: path)
    #expect(inspection.tensors.allSatisfy { $0.role == nil })
    let reason =
      "PyTorch (zip) with 13 convolutions, not a VGG16: block1_conv1 (module.features.0): kernel 3×3×3×2, "
      + "expected 3×3×3×64 (height×width×input×output)"
    #expect(throws: WeightsError(path: path, reason: reason)) { try inspection.weights.get() }
  }

  @Test func refusesWhatIsNoWeightFile() throws {
    #expect(throws: WeightsError.self) { try WeightInspection(contentsOf: Tiny.path("tiny.f32")) }
  }

  @Test func tellsWhatVGG16Uses() throws {
    let inspection = try WeightInspection(contentsOf: ImageNetTests.fetched())
    #expect(try inspection.weights.get().digest == ImageNetTests.digest)
    let roles = inspection.tensors.compactMap(\.role)
    let expected = Backbone.vgg16.convolutions.flatMap { ["\($0.name) kernel", "\($0.name) bias"] }
    #expect(roles.sorted() == expected.sorted())
  }
}
