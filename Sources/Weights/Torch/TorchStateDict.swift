import Pickle

/// The numbers that tensors are views of, as a pickle names them.
struct TorchStorage {
  let key: String
  /// Of the elements: "float32", "int64".
  let type: String
  let byteCount: Int
}

/// Tensors by name, as a checkpoint holds them.
struct TorchStateDict {
  /// Of the entry: "model"; empty for a file that is nothing else.
  let name: String
  let tensors: [(name: String, tensor: TorchTensor)]
  /// Of a whole model, in the order in which it has them.
  var layers: [TorchLayer] = []
}

struct TorchTensor {
  let storage: TorchStorage
  /// In elements.
  let offset: Int
  let shape: [Int]
  /// In elements.
  let strides: [Int]
}

// MARK: - In what a pickle holds

extension TorchPickle {
  /// The state dicts in a value, the largest first: the value itself, or those inside of a checkpoint, such as
  /// `{"epoch": 3, "model": {…}, "ema": {…}, "best_acc1": tensor}`. Of equally large ones the order is the file's.
  ///
  /// - Returns: one or more.
  /// - Throws: ``Unreadable`` if there is none.
  func stateDicts(_ value: PickleValue) throws -> [TorchStateDict] {
    var candidates = [(name: "", value: value)]
    var found: [TorchStateDict] = []
    // Of a whole model that was saved, module by module.
    var parameters: [(name: String, tensor: TorchTensor)] = []
    var layers: [TorchLayer] = []
    var seen: Set<Int> = []
    while let candidate = candidates.popLast() {
      guard let index = pickle.entriesIndex(of: candidate.value), seen.insert(index).inserted else { continue }
      let entries = try entries(of: candidate.value)
      let tensors = try entries.compactMap { name, value -> (name: String, tensor: TorchTensor)? in
        try tensor(value).map { (name, $0) }
      }
      let path = candidate.name.split(separator: ".")
      if entries.contains(where: { $0.key == "_parameters" }) {
        let module = path.filter { $0 != "_modules" }.joined(separator: ".")
        layers.append(TorchLayer(module, layer(candidate.value), attributes: attributes(entries)))
      }
      if let kind = path.last, ["_parameters", "_buffers"].contains(kind) {
        let module = path.dropLast().filter { $0 != "_modules" }.map { $0 + "." }.joined()
        parameters += tensors.map { (module + $0.name, $0.tensor) }
      } else if !tensors.isEmpty {
        found.append(TorchStateDict(name: candidate.name, tensors: tensors))
      }
      candidates += try entries.reversed().filter { try tensor($0.value) == nil }.map { key, value in
        (String((candidate.name.isEmpty ? key : "\(candidate.name).\(key)").prefix(200)), value)
      }
    }
    if !parameters.isEmpty {
      found.append(TorchStateDict(name: "the whole model", tensors: parameters, layers: layers))
    }
    guard !found.isEmpty else {
      if let name = placeholders.first { throw Self.asking(for: name) }
      throw Unreadable("PyTorch file without a state dict: expected torch.save(model.state_dict(), …)")
    }
    // Some tensors beside the state dicts are no network.
    let largest = found.enumerated().sorted {
      ($1.element.tensors.count, $0.offset) < ($0.element.tensors.count, $1.offset)
    }
    return Array(largest.map(\.element).prefix(8))
  }

  /// An object's attributes that are numbers, tuples of them, or truths.
  private func attributes(_ entries: [(key: String, value: PickleValue)]) -> [String: [Int]] {
    var attributes: [String: [Int]] = [:]
    for (name, value) in entries {
      switch value {
      case .integer(let integer): attributes[name] = [integer]
      case .bool(let truth): attributes[name] = [truth ? 1 : 0]
      case .tuple: attributes[name] = try? integers(value)
      default: break
      }
    }
    return attributes
  }
}
