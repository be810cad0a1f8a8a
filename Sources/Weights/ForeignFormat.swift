import Foundation
import Zip

/// Formats of weights that are recognised and not read: each has one line that converts it.
enum ForeignFormat: CaseIterable {
  case savedModel, tensorFlowGraph, tensorFlowCheckpoint, tensorFlowLite, numpy, matlab, caffe, torchExport,
    torchScript,
    pickle

  /// What to do about a file of this kind.
  var advice: String {
    switch self {
    case .savedModel:
      "a SavedModel of TensorFlow, which is not read; convert it: python -m tf2onnx.convert --saved-model FOLDER --output "
        + "vgg16.onnx"
    case .tensorFlowGraph:
      "a frozen graph of TensorFlow, which is not read; convert it: python -m tf2onnx.convert --graphdef FILE --output "
        + "vgg16.onnx --inputs INPUT:0 --outputs OUTPUT:0"
    case .tensorFlowCheckpoint:
      "a checkpoint of TensorFlow, which is not read; convert it: python -c \"import keras; m = "
        + "keras.applications.VGG16(weights=None); m.load_weights('PREFIX'); m.save_weights('vgg16.weights.h5')\" in "
        + "TensorFlow 2.15 or earlier, with the model that it was saved from"
    case .tensorFlowLite:
      "a TensorFlow Lite model, which is not read; convert it: python -m tf2onnx.convert --tflite FILE --output "
        + "vgg16.onnx (better: save the Keras model that it was made from)"
    case .numpy:
      "NumPy's arrays (.npz, .npy), which are not read; convert an .npz: python -c \"import numpy as n, safetensors.numpy as "
        + "s; z = n.load('FILE'); s.save_file({k.replace('_W', '.weight').replace('_b', '.bias'): n.ascontiguousarray("
        + "z[k].transpose(3, 2, 0, 1) if z[k].ndim == 4 else z[k]) for k in z.files}, 'vgg16.safetensors')\""
    case .matlab:
      "a MATLAB file, which is not read; convert MatConvNet's: python -c \"import scipy.io, numpy as n, safetensors.numpy "
        + "as s; L = [l[0, 0] for l in scipy.io.loadmat('FILE')['layers'][0]]; W = [l['weights'][0] for l in L if "
        + "l['type'][0] == 'conv']; s.save_file({f'{i}.{k}': n.ascontiguousarray(w[j].transpose(3, 2, 0, 1) if j == 0 "
        + "else w[j].ravel()) for i, w in enumerate(W) for j, k in enumerate(['weight', 'bias'])}, 'vgg16.safetensors')\""
    case .caffe:
      "a Caffe model, which is not read; convert it with OpenCV 4: python -c \"import cv2, safetensors.numpy as s; n = "
        + "cv2.dnn.readNetFromCaffe('FILE.prototxt', 'FILE.caffemodel'); s.save_file({f'{l}.{k}': n.getParam(l, j) if j "
        + "== 0 else n.getParam(l, j).ravel() for l in n.getLayerNames() if l.startswith('conv') for j, k in "
        + "enumerate(['weight', 'bias'])}, 'vgg16.safetensors')\" and give --preprocessing caffe"
    case .torchExport:
      "a program of torch.export (.pt2), which is not run; convert it: python -c \"import torch; "
        + "torch.save(dict(torch.export.load('FILE').state_dict), 'vgg16.pth')\""
    case .torchScript:
      "TorchScript, which is a program and not run; convert it: python -c \"import torch; "
        + "torch.save(torch.jit.load('FILE', map_location='cpu').state_dict(), 'vgg16.pth')\""
    case .pickle:
      "a Python pickle that torch.save did not write; load it where it was made and save the tensors: "
        + "torch.save(model.state_dict(), 'vgg16.pth')"
    }
  }
}

// MARK: - Recognising them

extension ForeignFormat {
  /// - Parameter path: of the file, for formats that have no signature.
  init?(_ data: Data, path: String) {
    guard let format = Self.allCases.first(where: { $0.begins(data) || $0.names(path) }) else { return nil }
    self = format
  }

  init?(_ archive: ZipArchive) {
    let names = archive.names
    if names.contains(where: { $0.hasSuffix("constants.pkl") || $0.contains("/code/") }) {
      self = .torchScript
    } else if names.contains(where: {
      $0.hasSuffix("archive_format") || $0.hasSuffix("serialized_exported_program.json")
    }) {
      self = .torchExport
    } else if !names.isEmpty, names.allSatisfy({ $0.hasSuffix(".npy") }) {
      self = .numpy
    } else {
      return nil
    }
  }

  private func names(_ path: String) -> Bool {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    switch self {
    case .savedModel: return name == "saved_model.pb"
    case .tensorFlowCheckpoint: return name.contains(".data-00000-of-") || name.hasSuffix(".ckpt.meta")
    default: return false
    }
  }

  private func begins(_ data: Data) -> Bool {
    switch self {
    case .savedModel:
      // saved_model_schema_version 1, and the tag that TensorFlow Serving looks for.
      data.starts(with: [0x08, 0x01, 0x12])
        && data.prefix(1 << 20).range(of: Data([0x22, 0x05]) + Data("serve".utf8)) != nil
    case .tensorFlowGraph: beginsWithNode(data)
    case .tensorFlowCheckpoint:
      // The last eight bytes of the table that tells where each variable is.
      data.count >= 48 && data.suffix(8).elementsEqual([0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb])
    case .tensorFlowLite: data.dropFirst(4).starts(with: Data("TFL3".utf8))
    case .numpy: data.starts(with: [0x93] + Data("NUMPY".utf8))
    case .matlab: data.starts(with: Data("MATLAB ".utf8)) && data.prefix(128).range(of: Data("MAT-file".utf8)) != nil
    case .caffe: beginsWithCaffeName(data)
    case .pickle:
      data.count > 2 && data[data.startIndex] == 0x80 && (2...5).contains(data[data.startIndex + 1])
        && !TorchReader.recognizes(data)
    case .torchExport, .torchScript: false
    }
  }

  /// A Caffe model is a protocol buffer that starts with the network's name, and goes on with a layer: field 2 or 100.
  private func beginsWithCaffeName(_ data: Data) -> Bool {
    guard let (name, rest) = field(0x0a, of: data), name.allSatisfy({ (0x20..<0x7f).contains($0) }) else {
      return false
    }
    return rest.first == 0x12 || rest.starts(with: [0xa2, 0x06]) || rest.first == 0x1a
  }

  /// A graph of TensorFlow's starts with a node: its name, and its operation.
  private func beginsWithNode(_ data: Data) -> Bool {
    guard let (node, _) = field(0x0a, of: data), let (name, rest) = field(0x0a, of: node),
      name.allSatisfy({ (0x20..<0x7f).contains($0) }), let (operation, _) = field(0x12, of: rest)
    else { return false }
    return ["Placeholder", "PlaceholderV2", "Const"].contains(String(decoding: operation, as: UTF8.self))
  }

  /// A short field of a protocol buffer at the start of some bytes, and what follows it.
  private func field(_ tag: UInt8, of data: Data) -> (Data, rest: Data)? {
    guard data.first == tag, let length = data.dropFirst().first, length < 0x80, length > 0,
      data.count >= 2 + Int(length)
    else { return nil }
    let rest = data.dropFirst(2)
    return (rest.prefix(Int(length)), rest.dropFirst(Int(length)))
  }
}
