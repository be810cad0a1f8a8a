import Foundation
import Testing
import Weights

/// Formats that are not read are named, each with the line that converts it.
@Suite struct ForeignFormatTests {
  static let files: [(Data, String, String)] = [
    (Data([0x1c, 0, 0, 0]) + Data("TFL3".utf8), "TensorFlow Lite", "tf2onnx.convert --tflite"),
    (
      Data([0x08, 0x01, 0x12, 0x20, 0x0a, 0x1e]) + Data([0x22, 5]) + Data("serve".utf8), "SavedModel",
      "--saved-model FOLDER"
    ),
    (
      Data([0x0a, 0x18, 0x0a, 5]) + Data("input".utf8) + Data([0x12, 11]) + Data("Placeholder".utf8) + Data(count: 9),
      "frozen graph of TensorFlow", "--graphdef FILE"
    ),
    (
      Data(count: 40) + Data([0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]), "checkpoint of TensorFlow",
      "load_checkpoint('PREFIX')"
    ),
    (Data([0x93]) + Data("NUMPY".utf8), "an array of NumPy (.npy)", "allow_pickle=True, encoding='latin1').item()"),
    (Data("MATLAB 5.0 MAT-file, Platform: GLNXA64".utf8), "MATLAB file", "scipy.io"),
    (Data([0x0a, 20]) + Data("VGG_ILSVRC_16_layers".utf8) + Data([0xa2, 0x06, 4]), "Caffe model", "readNetFromCaffe"),
    (Data([0x0a, 20]) + Data("VGG_ILSVRC_16_layers".utf8) + Data([0x12, 4]), "Caffe model", "--preprocessing caffe"),
    (Data([0x80, 4, 0x95, 0, 0]), "Python pickle that torch.save did not write", "torch.save(model.state_dict()"),
    (StoredZip.archive([("vgg/data.pkl", Data()), ("vgg/constants.pkl", Data())]), "TorchScript", "torch.jit.load("),
    (StoredZip.archive([("vgg/archive_format", Data("pt2".utf8))]), "torch.export (.pt2)", "torch.export.load("),
    (
      StoredZip.archive([("conv1_1_W.npy", Data()), ("conv1_1_b.npy", Data())]), "NumPy's arrays (.npz)",
      "n.load('FILE'); Z = [z[k]"
    ),
  ]

  @Test(arguments: files)
  func namedWithAWayOut(content: Data, name: String, remedy: String) throws {
    let complaint = try #require(try Tiny.complaint(about: content))
    #expect(complaint.contains(name) && complaint.contains(remedy), "\(complaint)")
    // A thousand characters are shown of a reason.
    #expect(complaint.count < 900)
  }

  @Test func formatsThatOnlyTheirNamesTell() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, reason) in [
      ("saved_model.pb", "a SavedModel of TensorFlow"), ("vgg.ckpt.data-00000-of-00001", "a checkpoint of TensorFlow"),
    ] {
      let url = folder.appendingPathComponent(name)
      try Data([1, 2, 3]).write(to: url)
      #expect { try WeightFile(path: url.path) } throws: { "\($0)".hasPrefix("\(url.path): \(reason)") }
    }
    // What TensorFlow calls a checkpoint by is no file.
    try Data([1, 2, 3]).write(to: folder.appendingPathComponent("vgg.ckpt.index"))
    let prefix = folder.appendingPathComponent("vgg.ckpt").path
    #expect { try WeightFile(path: prefix) } throws: { "\($0)".hasPrefix("\(prefix): a checkpoint of TensorFlow") }
    // The folder that both lie in.
    #expect { try WeightFile(path: folder.path) } throws: {
      "\($0)".hasPrefix("\(folder.path): a SavedModel of TensorFlow")
    }
    // tf.train.Checkpoint.write makes no file `checkpoint` beside it.
    try FileManager.default.removeItem(at: folder.appendingPathComponent("saved_model.pb"))
    #expect { try WeightFile(path: folder.path) } throws: {
      "\($0)".hasPrefix("\(folder.path): a checkpoint of TensorFlow")
    }
  }
}
