import Foundation

/// Reads a Python pickle as PyTorch writes it (Python's pickletools.py describes the opcodes). It builds plain values and
/// descriptions of tensors, and runs no code: a pickle that asks for any other function is refused by that function's name.
struct Unpickler {
  /// A value. Containers are kept apart, in ``containers``, and named by their place there, so that a hostile pickle can
  /// neither nest them deep enough to overflow the stack when they are released, nor make cycles that are never released.
  enum Value {
    case none
    case bool(Bool)
    case integer(Int)
    case string(String)
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case function(Function)
    /// Something of a class that is not known here, which was not made: only what was put into it as into a dictionary.
    case object(Int)
    // Apart, so that a value is small: a pickle of any bytes can push as many.
    indirect case storage(TorchStorage)
    indirect case tensor(TorchTensor)
    /// Something that no tensor needs: a float, a byte string, a big integer.
    case other
  }

  /// What a pickle may ask for.
  enum Function {
    case dictionary, rebuildTensor, rebuildParameter, rebuildSubclass
    /// Any other class or function: nothing is run, and what it would make is an object without content.
    case placeholder
    /// A class of PyTorch's layers, of which a whole model is made: its object keeps this name.
    case layer(TorchLayer.Kind)
    /// By the elements' type, and its size in bytes.
    case storageType(String, size: Int)

    init?(module: String, name: String) {
      switch (module, name) {
      case ("collections", "OrderedDict"): self = .dictionary
      case ("collections", "Counter"): self = .dictionary  // in the state of a learning-rate schedule
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
      default:
        guard Self.isHarmless(module: module, name: name) else { return nil }
        let kind = module.hasPrefix("torch.nn.modules.") ? TorchLayer.Kind(rawValue: name) : nil
        self = kind.map(Function.layer) ?? .placeholder
      }
    }

    /// Whether a checkpoint may have it beside the weights. Nothing is ever run, so it is no danger here; but a pickle that asks for
    /// these means harm to who loads it in Python, and its owner should know.
    private static func isHarmless(module: String, name: String) -> Bool {
      let package = module.split(separator: ".").first.map(String.init) ?? module
      if ["builtins", "__builtin__"].contains(package) {
        return [
          "set", "frozenset", "list", "dict", "tuple", "bytearray", "bytes", "complex", "range", "slice", "object",
          "int",
          "float", "str", "bool", "long", "unicode", "xrange",
        ].contains(name)
      }
      return ![
        "os", "posix", "nt", "posixpath", "ntpath", "subprocess", "sys", "shutil", "socket", "importlib", "runpy",
        "pty",
        "ctypes", "webbrowser", "code", "codeop", "pdb", "bdb", "timeit", "pip", "commands", "popen2", "platform",
        "imp",
        "asyncio", "multiprocessing", "http", "urllib", "requests", "ftplib", "smtplib", "signal", "threading",
      ].contains(package)
    }
  }

  private var bytes: ByteReader
  private var stack: [Value] = []
  private var marks: [Int] = []
  private var memo: [Int: Value] = [:]
  /// Of a dictionary: key, value, key, value, …
  private(set) var containers: [[Value]] = []
  /// The first names of classes and functions that are not known here.
  private(set) var placeholders: [String] = []
  /// Which objects are layers of PyTorch's, by their place in ``containers``.
  private(set) var layers: [Int: TorchLayer.Kind] = [:]
  /// All that have been named so far, by key.
  private(set) var storages: [String: TorchStorage] = [:]

  /// The most bytes that pickles are read of: a VGG16's has some thousands, and values take more memory than their bytes.
  static let limit = 4 << 20

  /// - Parameter data: no more than the first ``limit`` bytes are read.
  init(_ data: Data) {
    bytes = ByteReader(data.prefix(Self.limit))
  }

  /// How many bytes have been read.
  var position: Int { bytes.position }

  /// Reads the next pickle.
  ///
  /// - Throws: ``Unreadable``.
  mutating func load() throws -> Value {
    stack = []
    marks = []
    memo = [:]
    while true {
      let opcode = try bytes.next()
      if opcode == UInt8(ascii: ".") { return try pop() }
      try execute(opcode)
    }
  }

  private mutating func execute(_ opcode: UInt8) throws {
    switch opcode {
    case 0x80: try bytes.skip(1)  // PROTO
    case 0x95: try bytes.skip(8)  // FRAME
    case "(": marks.append(stack.count)
    case "0": _ = try pop()
    case "1": _ = try popToMark()

    case "N": stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case "K": stack.append(.integer(Int(try bytes.next())))
    case "M": stack.append(.integer(Int(try bytes.integer(UInt16.self))))
    case "J": stack.append(.integer(Int(try bytes.integer(Int32.self))))
    case 0x8a: try pushLong(byteCount: Int(bytes.next()))
    case 0x8b: try pushLong(byteCount: Int(bytes.integer(UInt32.self)))
    case "G": try pushOther(byteCount: 8)

    case "X": try pushString(byteCount: Int(bytes.integer(UInt32.self)))
    case "U", 0x8c: try pushString(byteCount: Int(bytes.next()))
    case "T": try pushString(byteCount: Int(bytes.integer(UInt32.self)))
    case "C": try pushOther(byteCount: Int(bytes.next()))
    case "B": try pushOther(byteCount: Int(bytes.integer(UInt32.self)))
    case 0x8d: try pushString(byteCount: Int(clamping: bytes.integer(UInt64.self)))
    case 0x8e, 0x96: try pushOther(byteCount: Int(clamping: bytes.integer(UInt64.self)))

    case ")": pushTuple([])
    case 0x85: try pushTuple(pop(1))
    case 0x86: try pushTuple(pop(2))
    case 0x87: try pushTuple(pop(3))
    case "t": try pushTuple(popToMark())
    case "]": stack.append(.list(add([])))
    case "a": try appendToList(pop(1))
    case "e": try appendToList(popToMark())
    case "}": stack.append(.dictionary(add([])))
    case 0x8f: stack.append(.object(add([])))  // a set
    case 0x90: _ = try popToMark()
    case 0x91:
      _ = try popToMark()
      stack.append(.object(add([])))
    case "s": try appendToDictionary(pop(2))
    case "u": try appendToDictionary(popToMark())

    case "q": memo[Int(try bytes.next())] = try top()
    case "r": memo[Int(try bytes.integer(UInt32.self))] = try top()
    case 0x94: memo[memo.count] = try top()
    case "h": try recall(Int(bytes.next()))
    case "j": try recall(Int(bytes.integer(UInt32.self)))

    case "c": try pushFunction(module: bytes.line(), name: bytes.line())
    case 0x93:  // STACK_GLOBAL
      guard case .string(let name) = try pop(), case .string(let module) = try pop() else { throw damaged() }
      try pushFunction(module: module, name: name)
    case "R", 0x81: try call()
    case 0x92: try callWithNames()
    case "b": try build()
    case "Q": try pushStorage()
    default: throw Unreadable("pickle with the opcode 0x\(String(opcode, radix: 16)), which no state dict needs")
    }
  }
}

// MARK: - The stack

extension Unpickler {
  func damaged() -> Unreadable {
    Unreadable("damaged pickle (at byte \(bytes.position)): fetch the file again")
  }

  private func top() throws -> Value {
    guard let value = stack.last else { throw damaged() }
    return value
  }

  private mutating func pop() throws -> Value {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else { throw damaged() }
    return value
  }

  private mutating func pop(_ count: Int) throws -> [Value] {
    guard stack.count - count >= marks.last ?? 0 else { throw damaged() }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws -> [Value] {
    guard let mark = marks.popLast(), mark <= stack.count else { throw damaged() }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private mutating func recall(_ index: Int) throws {
    guard let value = memo[index] else { throw damaged() }
    stack.append(value)
  }

  private mutating func add(_ elements: [Value]) -> Int {
    containers.append(elements)
    return containers.count - 1
  }

  private mutating func pushTuple(_ elements: [Value]) {
    stack.append(.tuple(add(elements)))
  }

  private mutating func pushString(byteCount: Int) throws {
    stack.append(.string(String(decoding: try bytes.take(byteCount), as: UTF8.self)))
  }

  private mutating func pushOther(byteCount: Int) throws {
    try bytes.skip(byteCount)
    stack.append(.other)
  }

  /// A little-endian two's complement integer of any length.
  private mutating func pushLong(byteCount: Int) throws {
    guard byteCount <= 8 else { return try pushOther(byteCount: byteCount) }
    let bytes = try bytes.take(byteCount)
    var value: Int64 = bytes.last.map { $0 >= 0x80 ? -1 : 0 } ?? 0
    for byte in bytes.reversed() { value = value << 8 | Int64(byte) }
    stack.append(.integer(Int(value)))
  }

  private mutating func appendToList(_ elements: [Value]) throws {
    switch try top() {
    case .list(let index): containers[index] += elements
    case .object: break  // a list's subclass
    default: throw damaged()
    }
  }

  private mutating func appendToDictionary(_ elements: [Value]) throws {
    guard let index = entriesIndex(of: try top()), elements.count.isMultiple(of: 2) else { throw damaged() }
    containers[index] += elements
  }
}

// MARK: - Functions and storages

extension Unpickler {
  private mutating func pushFunction(module: String, name: String) throws {
    guard let function = Function(module: module, name: name) else {
      throw Unreadable(
        "the pickle asks for \(module).\(name), which was not run: expected a state dict of tensors only "
          + "(torch.save(model.state_dict(), …))")
    }
    if case .placeholder = function, placeholders.count < 8 { placeholders.append("\(module).\(name)") }
    stack.append(.function(function))
  }

  private mutating func call() throws {
    guard case .tuple(let index) = try pop() else { throw damaged() }
    let callee = try pop()
    // What an unknown class made may be called, too.
    if case .object = callee { return stack.append(.object(add([]))) }
    guard case .function(let function) = callee else { throw damaged() }
    let arguments = containers[index]
    switch function {
    case .placeholder:
      stack.append(.object(add([])))
    case .layer(let kind):
      let object = add([])
      layers[object] = kind
      stack.append(.object(object))
    case .rebuildSubclass:
      // (function, class, arguments, state)
      guard arguments.count >= 3, case .function(.rebuildTensor) = arguments[0], case .tuple = arguments[2] else {
        return stack.append(.object(add([])))
      }
      stack += [arguments[0], arguments[2]]
      try call()
    case .dictionary:
      stack.append(.dictionary(add([])))
    case .rebuildParameter:
      guard case .tensor? = arguments.first else { throw damaged() }
      stack.append(arguments[0])
    case .rebuildTensor:
      guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1]
      else { throw damaged() }
      let (shape, strides) = (try integers(arguments[2]), try integers(arguments[3]))
      stack.append(.tensor(TorchTensor(storage: storage, offset: offset, shape: shape, strides: strides)))
    case .storageType:
      throw damaged()
    }
  }

  /// NEWOBJ_EX: a class, arguments, and arguments by name.
  private mutating func callWithNames() throws {
    _ = try pop()
    try call()
  }

  /// BUILD: the state of an OrderedDict is its `_metadata`; that of an unknown object is a dictionary of its attributes.
  private mutating func build() throws {
    let state = try pop()
    guard case .object(let index)? = stack.last, case .dictionary(let attributes) = state else { return }
    // Shared, not copied: any number of objects may have the same state.
    if containers[index].isEmpty { containers[index] = containers[attributes] }
  }

  /// The persistent id of a storage: ('storage', type, key, device, number of elements).
  private mutating func pushStorage() throws {
    guard case .tuple(let index) = try pop() else { throw damaged() }
    let id = containers[index]
    if id.count >= 2, case .function(.placeholder) = id[1] {
      throw Unreadable(
        "a PyTorch file with tensors of \(placeholders.last ?? "an unknown type"): quantised? Give the float32 model")
    }
    guard id.count >= 5, case .string("storage") = id[0], case .function(.storageType(let type, let size)) = id[1],
      case .string(let key) = id[2], case .integer(let count) = id[4], 0...(1 << 40) ~= count
    else { throw damaged() }
    let storage = TorchStorage(key: key, type: type, byteCount: count * size)
    storages[key] = storage
    stack.append(.storage(storage))
  }

  /// A shape or strides; short, for every tensor of a hostile pickle may name the same long ones.
  func integers(_ value: Value) throws -> [Int] {
    guard case .tuple(let index) = value, containers[index].count <= 64 else { throw damaged() }
    return try containers[index].map { element in
      guard case .integer(let integer) = element else { throw damaged() }
      return integer
    }
  }
}

// MARK: - Bytes

private struct ByteReader {
  private let data: Data
  private(set) var position = 0
  private let truncated = Unreadable("pickle that is truncated, or longer than a VGG16's: fetch the file again")

  init(_ data: Data) {
    self.data = data
  }

  mutating func take(_ count: Int) throws -> Data {
    guard count >= 0, count <= data.count - position else { throw truncated }
    defer { position += count }
    return data.dropFirst(position).prefix(count)
  }

  mutating func skip(_ count: Int) throws {
    _ = try take(count)
  }

  mutating func next() throws -> UInt8 {
    guard position < data.count else { throw truncated }
    defer { position += 1 }
    return data[data.startIndex + position]
  }

  /// Little-endian.
  mutating func integer<Integer: FixedWidthInteger>(_: Integer.Type) throws -> Integer {
    try take(MemoryLayout<Integer>.size).withUnsafeBytes { Integer(littleEndian: $0.loadUnaligned(as: Integer.self)) }
  }

  /// Up to a line feed.
  mutating func line() throws -> String {
    let rest = data.dropFirst(position)
    guard let end = rest.prefix(1024).firstIndex(of: 0x0a) else {
      throw truncated
    }
    position = end + 1 - data.startIndex
    return String(decoding: rest[..<end], as: UTF8.self)
  }
}

/// Opcodes are letters where they can be.
private func ~= (letter: Unicode.Scalar, opcode: UInt8) -> Bool {
  letter.value == UInt32(opcode)
}
