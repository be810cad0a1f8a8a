import Foundation
import Zip

/// Formats of weights that are recognised and not read: each has one line that converts it.
enum ForeignFormat: CaseIterable {
  case savedModel, tensorFlowGraph, tensorFlowCheckpoint, tensorFlowLite, numpyArchive, numpyArray, matlab, caffe,
    torchExport, torchScript, pickle

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
      "a checkpoint of TensorFlow, which is not read; convert it (PREFIX is its path up to .index or .data): python -c "
        + "\"import re, numpy as n, safetensors.numpy as s, tensorflow as t; r = t.train.load_checkpoint('PREFIX'); Z = "
        + "[r.get_tensor(k) for k in sorted(r.get_variable_to_shape_map(), key=\(Self.numbersInNames)) if not re.search("
        + "'SLOT|optimizer/_var|/Adam|/Momentum|Average|mean_rgb', k)]; \(Self.savingKernelsAndBiases)\""
    case .tensorFlowLite:
      "a TensorFlow Lite model, which is not read; convert it: python -m tf2onnx.convert --tflite FILE --output "
        + "vgg16.onnx (better: save the Keras model that it was made from)"
    case .numpyArchive:
      "NumPy's arrays (.npz), which are not read; convert them: python -c \"import re, numpy as n, safetensors.numpy as s; "
        + "z = n.load('FILE'); Z = [z[k] for k in sorted(z.files, key=\(Self.numbersInNames))]; "
        + "\(Self.savingKernelsAndBiases)\""
    case .numpyArray:
      "an array of NumPy (.npy), which is not read; convert a dictionary of layers: python -c \"import numpy as n, "
        + "safetensors.numpy as s; d = n.load('FILE', allow_pickle=True, encoding='latin1').item(); s.save_file({f'{k}.{p}': "
        + "n.ascontiguousarray(t) for k, (w, b) in d.items() if w.ndim == 4 for p, t in (('weight', w.transpose(3, 2, 0, 1)), "
        + "('bias', b))}, 'vgg16.safetensors')\" (allow_pickle runs what the file asks for: only files that you trust)"
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

  /// Python that sorts names by the numbers in them: conv1_1, conv1_2, …, or 0, 1, … 25.
  private static let numbersInNames = "lambda k: [int(d) for d in re.findall('[0-9]+', k)]"

  /// Python that saves the kernels among the arrays `Z`, each with its bias: as many vectors as kernels and matrices.
  private static let savingKernelsAndBiases =
    "W, D, B = ([z for z in Z if n.ndim(z) == d] for d in (4, 2, 1)); s.save_file({f'{i}.{p}': n.ascontiguousarray(t) for "
    + "i, (w, b) in enumerate(zip(W + D, B, strict=True)) if w.ndim == 4 for p, t in (('weight', w.transpose(3, 2, 0, 1) if "
    + "w.shape[:2] == (3, 3) else w), ('bias', b))}, 'vgg16.safetensors')"
}

// MARK: - Recognising them

extension ForeignFormat {
  /// - Parameter path: of the file, for formats that have no signature.
  init?(_ data: Data, path: String) {
    guard let format = Self.allCases.first(where: { $0.begins(data) || $0.names(path) }) else { return nil }
    self = format
  }

  /// - Parameter prefix: a path at which there may be no file, which a checkpoint of TensorFlow's is called by.
  init?(prefix: String) {
    guard !FileManager.default.fileExists(atPath: prefix), FileManager.default.fileExists(atPath: prefix + ".index")
    else { return nil }
    self = .tensorFlowCheckpoint
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
      self = .numpyArchive
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
    case .numpyArray: data.starts(with: [0x93] + Data("NUMPY".utf8))
    case .matlab: data.starts(with: Data("MATLAB ".utf8)) && data.prefix(128).range(of: Data("MAT-file".utf8)) != nil
    case .caffe: beginsWithCaffeName(data)
    case .pickle:
      data.count > 2 && data[data.startIndex] == 0x80 && (2...5).contains(data[data.startIndex + 1])
        && !TorchReader.recognizes(data)
    case .numpyArchive, .torchExport, .torchScript: false
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
