import Foundation
import Pickle

/// A pickle as PyTorch writes it (torch/_utils.py, torch/serialization.py): its calls make tensors, which are views of storages.
struct TorchPickle {
  private(set) var pickle: Unpickler
  /// All that have been named so far, by key.
  private(set) var storages: [String: TorchStorage] = [:]
  private var checkedObjects = 0
  private var checkedNames = 0

  /// The most bytes that pickles are read of: a VGG16's has some thousands, and values take more memory than their bytes.
  static let limit = 4 << 20

  /// - Parameter data: no more than the first ``limit`` bytes are read.
  init(_ data: Data) {
    let data = data.prefix(Self.limit)
    let source = PickleSource(size: data.count) { range in
      Array(data[data.startIndex + range.lowerBound..<data.startIndex + range.upperBound])
    }
    pickle = Unpickler(source, limit: Self.limit)
  }

  /// How many bytes have been read.
  var position: Int { pickle.position }

  /// Reads the next pickle.
  ///
  /// - Throws: ``Unreadable``.
  mutating func load() throws -> PickleValue {
    let value: PickleValue
    do {
      value = try pickle.load()
    } catch let error as PickleError {
      throw Self.unreadable(error)
    }
    // What nothing leads to is no better for that.
    for name in pickle.persistent[checkedNames...] {
      let storage = try storage(pickle.containers[name])
      storages[storage.key] = storage
    }
    checkedNames = pickle.persistent.count
    for object in checkedObjects..<pickle.objects.count { _ = try made(.object(object)) }
    checkedObjects = pickle.objects.count
    return value
  }

  private static func unreadable(_ error: PickleError) -> Unreadable {
    switch error {
    case .damaged(let byte): Unreadable("damaged pickle (at byte \(byte)): fetch the file again")
    case .truncated: Unreadable("pickle that is truncated, or longer than a VGG16's: fetch the file again")
    case .asks(let function): asking(for: function)
    case .opcode(let opcode):
      Unreadable("pickle with the opcode 0x\(String(opcode, radix: 16)), which no state dict needs")
    }
  }

  static func asking(for function: String) -> Unreadable {
    Unreadable(
      "the pickle asks for \(function), which was not run: expected a state dict of tensors only "
        + "(torch.save(model.state_dict(), …))")
  }

  private func damaged() -> Unreadable { Self.unreadable(pickle.damaged()) }

  /// The first function or class that is not PyTorch's own.
  var placeholders: some Collection<String> {
    pickle.functions.lazy.filter { Function($0) == nil && TorchLayer.Kind($0) == nil && !$0.isDictionary }
      .map(\.description)
  }
}

// MARK: - What PyTorch's functions make

extension TorchPickle {
  private enum Function: Equatable {
    case rebuildTensor, rebuildParameter, rebuildSubclass
    /// By the elements' type, and its size in bytes.
    case storageType(String, size: Int)

    init?(_ function: PickleFunction) {
      switch (function.module, function.name) {
      case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
      case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
      case ("torch._utils", "_rebuild_parameter_with_state"): self = .rebuildParameter
      case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildSubclass
      case ("torch", "DoubleStorage"): self = .storageType("float64", size: 8)
      case ("torch", "FloatStorage"): self = .storageType("float32", size: 4)
      case ("torch", "HalfStorage"): self = .storageType("float16", size: 2)
      case ("torch", "BFloat16Storage"): self = .storageType("bfloat16", size: 2)
      case ("torch", "LongStorage"): self = .storageType("int64", size: 8)
      case ("torch", "IntStorage"): self = .storageType("int32", size: 4)
      case ("torch", "ShortStorage"): self = .storageType("int16", size: 2)
      case ("torch", "CharStorage"): self = .storageType("int8", size: 1)
      case ("torch", "ByteStorage"): self = .storageType("uint8", size: 1)
      case ("torch", "BoolStorage"): self = .storageType("bool", size: 1)
      default: return nil
      }
    }
  }

  private enum Made {
    case tensor(TorchTensor)
    /// Of another class, or nothing.
    case other
  }

  /// A tensor, or a parameter that is one; nil for all else.
  ///
  /// - Throws: ``Unreadable`` for one of which something is missing.
  func tensor(_ value: PickleValue) throws -> TorchTensor? {
    guard case .object = value, case .tensor(let tensor) = try made(value) else { return nil }
    return tensor
  }

  /// The class of PyTorch's layers that made a value.
  func layer(_ value: PickleValue) -> TorchLayer.Kind? {
    guard case .object = value else { return nil }
    return pickle.function(of: value).flatMap(TorchLayer.Kind.init)
  }

  private func made(_ value: PickleValue) throws -> Made {
    guard case .object(let index) = value, let name = pickle.function(of: value), var function = Function(name) else {
      return .other
    }
    var arguments = pickle.objects[index].arguments
    if function == .rebuildSubclass {
      // (function, class, arguments, state)
      guard arguments.count >= 3, let inner = called(arguments[0]), inner == .rebuildTensor,
        case .tuple(let place) = arguments[2]
      else { return .other }
      (function, arguments) = (inner, pickle.containers[place])
    }
    switch function {
    case .rebuildTensor: return .tensor(try tensor(arguments))
    case .rebuildParameter:
      // What it is made of was made, and looked at, before.
      guard let first = arguments.first, let tensor = try rebuilt(first) else { throw damaged() }
      return .tensor(tensor)
    case .storageType, .rebuildSubclass: throw damaged()
    }
  }

  private func called(_ value: PickleValue) -> Function? {
    guard case .function = value else { return nil }
    return pickle.function(of: value).flatMap(Function.init)
  }

  /// The tensor in a parameter, which may be one of a parameter itself.
  private func rebuilt(_ value: PickleValue) throws -> TorchTensor? {
    var value = value
    while case .object(let index) = value, let name = pickle.function(of: value), Function(name) == .rebuildParameter {
      guard let first = pickle.objects[index].arguments.first else { return nil }
      value = first
    }
    return try tensor(value)
  }

  private func tensor(_ arguments: [PickleValue]) throws -> TorchTensor {
    guard arguments.count >= 4, case .persistent(let name) = arguments[0], case .integer(let offset) = arguments[1]
    else { throw damaged() }
    let (shape, strides) = (try integers(arguments[2]), try integers(arguments[3]))
    return TorchTensor(
      storage: try storage(pickle.containers[name]), offset: offset, shape: shape, strides: strides)
  }

  /// By its persistent id: ('storage', type, key, device, number of elements).
  private func storage(_ id: [PickleValue]) throws -> TorchStorage {
    let type = id.count >= 2 ? id[1] : .none
    if case .function = type, called(type) == nil, let name = pickle.function(of: type) {
      throw Unreadable("a PyTorch file with tensors of \(name.description): quantised? Give the float32 model")
    }
    guard id.count >= 5, try pickle.text(id[0]) == "storage", case .storageType(let type, let size)? = called(type),
      let key = try pickle.text(id[2]), case .integer(let count) = id[4], 0...(1 << 40) ~= count
    else { throw damaged() }
    return TorchStorage(key: key, type: type, byteCount: count * size)
  }

  /// A shape or strides; short, for every tensor of a hostile pickle may name the same long ones.
  func integers(_ value: PickleValue) throws -> [Int] {
    guard case .tuple(let index) = value, pickle.containers[index].count <= 64 else { throw damaged() }
    return try pickle.containers[index].map { element in
      guard case .integer(let integer) = element else { throw damaged() }
      return integer
    }
  }

  /// A dictionary's keys that are strings, and their values.
  func entries(of dictionary: PickleValue) throws -> [(key: String, value: PickleValue)] {
    try pickle.entries(of: dictionary)
  }

  /// A list of strings.
  func strings(_ value: PickleValue) throws -> [String] {
    guard case .list(let index) = value else { throw damaged() }
    return try pickle.containers[index].map { element in
      guard let string = try pickle.text(element) else { throw damaged() }
      return string
    }
  }
}

extension TorchLayer.Kind {
  fileprivate init?(_ function: PickleFunction) {
    guard function.module.hasPrefix("torch.nn.modules.") else { return nil }
    self.init(rawValue: function.name)
  }
}
