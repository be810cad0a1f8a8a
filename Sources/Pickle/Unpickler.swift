/// Reads a Python pickle (Python's pickletools.py describes the opcodes). It builds plain values, and notes what the pickle
/// asks to be made by functions; none is ever run, and a pickle that asks for one that would do harm is refused.
package struct Unpickler {
  private var reader: PickleReader
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  /// What is in tuples, in lists, and in dictionaries: key, value, key, value, …
  package private(set) var containers: [[PickleValue]] = []
  /// Those that were named, each once.
  package private(set) var functions: [PickleFunction] = []
  package private(set) var objects: [PickleObject] = []
  /// The tuples that name what lies outside.
  package private(set) var persistent: [Int] = []
  private var places: [PickleFunction: Int] = [:]
  private var ranges: [Range<Int>] = []

  /// - Parameters:
  ///   - source: where it lies, perhaps with others behind it.
  ///   - limit: how many bytes are read at most, long strings aside: values take more memory than their bytes.
  package init(_ source: PickleSource, limit: Int) {
    reader = PickleReader(source, limit: limit)
  }

  /// How many bytes have been read.
  package var position: Int { reader.position }

  /// Reads the next pickle.
  ///
  /// - Throws: ``PickleError``; what the source throws.
  package mutating func load() throws -> PickleValue {
    stack = []
    marks = []
    memo = [:]
    while true {
      let opcode = try reader.next()
      if opcode == UInt8(ascii: ".") { return try pop() }
      try execute(opcode)
    }
  }

  private mutating func execute(_ opcode: UInt8) throws {
    switch opcode {
    case 0x80: try reader.skip(1)  // PROTO
    case 0x95: try reader.skip(8)  // FRAME
    case "(": marks.append(stack.count)
    case "0": _ = try pop()
    case "1": _ = try popToMark()
    case "2": stack.append(try top())

    case "N": stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case "K": stack.append(.integer(Int(try reader.next())))
    case "M": stack.append(.integer(Int(try reader.integer(UInt16.self))))
    case "J": stack.append(.integer(Int(try reader.integer(Int32.self))))
    case "I", "L": stack.append(try known(Self.integer(line: reader.line())))
    case 0x8a: try pushLong(byteCount: Int(reader.next()))
    case 0x8b: try pushLong(byteCount: Int(reader.integer(UInt32.self)))
    case "G": try pushOther(byteCount: 8)
    case "F":
      _ = try reader.line()
      stack.append(.other)

    case "X": try pushText(byteCount: Int(reader.integer(UInt32.self)))
    case 0x8c: try pushText(byteCount: Int(reader.next()))
    case 0x8d: try pushText(byteCount: Int(clamping: reader.integer(UInt64.self)))
    case "C", "U": try pushBytes(count: Int(reader.next()))
    case "B", "T": try pushBytes(count: Int(reader.integer(UInt32.self)))
    case 0x8e, 0x96: try pushBytes(count: Int(clamping: reader.integer(UInt64.self)))
    case "S": stack.append(.string(try known(Self.unquoted(reader.line()))))
    case "V": stack.append(.string(try reader.line()))

    case ")": pushTuple([])
    case 0x85: try pushTuple(pop(1))
    case 0x86: try pushTuple(pop(2))
    case 0x87: try pushTuple(pop(3))
    case "t": try pushTuple(popToMark())
    case "]": stack.append(.list(add([])))
    case "l": stack.append(.list(add(try popToMark())))
    case "a": try appendToList(pop(1))
    case "e": try appendToList(popToMark())
    case "}": stack.append(.dictionary(add([])))
    case "d":
      let entries = try popToMark()
      stack.append(.dictionary(add([])))
      try appendToDictionary(entries)
    case 0x8f: pushObject(PickleObject())  // a set
    case 0x90: _ = try popToMark()
    case 0x91:
      _ = try popToMark()
      pushObject(PickleObject())
    case "s": try appendToDictionary(pop(2))
    case "u": try appendToDictionary(popToMark())

    case "q": memo[Int(try reader.next())] = try top()
    case "r": memo[Int(try reader.integer(UInt32.self))] = try top()
    case "p": memo[try known(Int(reader.line()))] = try top()
    case 0x94: memo[memo.count] = try top()
    case "h": try recall(Int(reader.next()))
    case "j": try recall(Int(reader.integer(UInt32.self)))
    case "g": try recall(known(Int(reader.line())))

    case "c": stack.append(try function(module: reader.line(), name: reader.line()))
    case 0x93:  // STACK_GLOBAL
      guard case .string(let name) = try pop(), case .string(let module) = try pop() else { throw damaged() }
      stack.append(try function(module: module, name: name))
    case "i":  // INST: a class, called with what is above the mark
      let callee = try function(module: reader.line(), name: reader.line())
      let arguments = try popToMark()
      stack.append(callee)
      pushTuple(arguments)
      try call()
    case "o":  // OBJ: the same, the class right above the mark
      let values = try popToMark()
      guard let callee = values.first else { throw damaged() }
      stack.append(callee)
      pushTuple(Array(values.dropFirst()))
      try call()
    case "R", 0x81: try call()
    case 0x92: try callWithNames()
    case "b": try build()
    case "Q":
      guard case .tuple(let index) = try pop() else { throw damaged() }
      persistent.append(index)
      stack.append(.persistent(index))
    default: throw PickleError.opcode(opcode)
    }
  }
}

// MARK: - What was read

extension Unpickler {
  /// What is thrown where something in the pickle is not what it has to be.
  package func damaged() -> PickleError { .damaged(byte: reader.position) }

  /// The function that a value is, or that would have made it.
  package func function(of value: PickleValue) -> PickleFunction? {
    switch value {
    case .function(let index): functions[index]
    case .object(let index): objects[index].function.map { functions[$0] }
    default: nil
    }
  }

  /// Where the entries of a dictionary are in ``containers``, or of an object that is filled like one.
  package func entriesIndex(of value: PickleValue) -> Int? {
    switch value {
    case .dictionary(let index): return index
    case .object(let index):
      let object = objects[index]
      if let items = object.items { return items }
      guard case .dictionary(let attributes) = object.state else { return nil }
      return attributes
    default: return nil
    }
  }

  /// A dictionary's keys that are strings, and their values.
  ///
  /// - Throws: what the source throws.
  package func entries(of dictionary: PickleValue) throws -> [(key: String, value: PickleValue)] {
    guard let index = entriesIndex(of: dictionary) else { return [] }
    let elements = containers[index]
    return try stride(from: 0, to: elements.count - 1, by: 2).compactMap { position in
      guard let key = try text(elements[position]) else { return nil }
      return (key, elements[position + 1])
    }
  }

  /// A string, or a byte string as one: Python 2 has no other, and Python 3 writes the latter as a call in protocol 2. Nil for
  /// all else, and for a long one.
  ///
  /// - Throws: what the source throws.
  package func text(_ value: PickleValue) throws -> String? {
    switch value {
    case .string(let text): return text
    case .bytes(let index):
      guard ranges[index].count <= Self.mostCharacters else { return nil }
      return String(decoding: try reader.source.read(ranges[index]), as: UTF8.self)
    case .object(let index):
      guard isEncoded(index), case .string(let text)? = objects[index].arguments.first else { return nil }
      return text
    default: return nil
    }
  }

  /// Where a byte string lies in the source, or the UTF-8 of a long string; nil for all else.
  package func range(of value: PickleValue) -> Range<Int>? {
    switch value {
    case .bytes(let index), .text(let index): ranges[index]
    default: nil
    }
  }

  /// The string whose characters are the bytes of a byte string, as Python 3 writes one in protocol 2:
  /// `_codecs.encode("…", "latin1")`. Nil for all else.
  package func encoded(_ value: PickleValue) -> PickleValue? {
    guard case .object(let index) = value, isEncoded(index) else { return nil }
    return objects[index].arguments.first
  }

  private func isEncoded(_ object: Int) -> Bool {
    objects[object].function.map { functions[$0] } == PickleFunction(module: "_codecs", name: "encode")
  }

  private static let mostCharacters = 1 << 16
}

// MARK: - The stack

extension Unpickler {
  private func known<Content>(_ content: Content?) throws -> Content {
    guard let content else { throw damaged() }
    return content
  }

  private func top() throws -> PickleValue {
    guard let value = stack.last else { throw damaged() }
    return value
  }

  private mutating func pop() throws -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else { throw damaged() }
    return value
  }

  private mutating func pop(_ count: Int) throws -> [PickleValue] {
    guard stack.count - count >= marks.last ?? 0 else { throw damaged() }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws -> [PickleValue] {
    guard let mark = marks.popLast(), mark <= stack.count else { throw damaged() }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private mutating func recall(_ index: Int) throws {
    guard let value = memo[index] else { throw damaged() }
    stack.append(value)
  }

  private mutating func add(_ elements: [PickleValue]) -> Int {
    containers.append(elements)
    return containers.count - 1
  }

  private mutating func pushTuple(_ elements: [PickleValue]) {
    stack.append(.tuple(add(elements)))
  }

  private mutating func pushObject(_ object: PickleObject) {
    objects.append(object)
    stack.append(.object(objects.count - 1))
  }

  private mutating func pushText(byteCount: Int) throws {
    if byteCount <= Self.mostCharacters {
      stack.append(.string(String(decoding: try reader.bytes(byteCount), as: UTF8.self)))
    } else {
      ranges.append(try reader.string(byteCount))
      stack.append(.text(ranges.count - 1))
    }
  }

  private mutating func pushBytes(count: Int) throws {
    ranges.append(try reader.string(count))
    stack.append(.bytes(ranges.count - 1))
  }

  private mutating func pushOther(byteCount: Int) throws {
    try reader.skip(byteCount)
    stack.append(.other)
  }

  /// A little-endian two's complement integer of any length.
  private mutating func pushLong(byteCount: Int) throws {
    guard byteCount <= 8 else { return try pushOther(byteCount: byteCount) }
    let bytes = try reader.bytes(byteCount)
    var value: Int64 = bytes.last.map { $0 >= 0x80 ? -1 : 0 } ?? 0
    for byte in bytes.reversed() { value = value << 8 | Int64(byte) }
    stack.append(.integer(Int(value)))
  }

  private mutating func appendToList(_ elements: [PickleValue]) throws {
    switch try top() {
    case .list(let index): containers[index] += elements
    case .object: break  // a list's subclass
    default: throw damaged()
    }
  }

  private mutating func appendToDictionary(_ elements: [PickleValue]) throws {
    guard elements.count.isMultiple(of: 2) else { throw damaged() }
    switch try top() {
    case .dictionary(let index): containers[index] += elements
    case .object(let index):
      let items = objects[index].items ?? add([])
      objects[index].items = items
      containers[items] += elements
    default: throw damaged()
    }
  }
}

// MARK: - Functions

extension Unpickler {
  private mutating func function(module: String, name: String) throws -> PickleValue {
    let function = PickleFunction(module: module, name: name)
    guard function.isHarmless else { throw PickleError.asks(for: function.description) }
    let place = places[function] ?? functions.count
    if place == functions.count {
      functions.append(function)
      places[function] = place
    }
    return .function(place)
  }

  private mutating func call() throws {
    guard case .tuple(let index) = try pop() else { throw damaged() }
    switch try pop() {
    case .function(let function) where functions[function].isDictionary: stack.append(.dictionary(add([])))
    case .function(let function): pushObject(PickleObject(function: function, arguments: containers[index]))
    // What an unknown class made may be called, too.
    case .object: pushObject(PickleObject())
    default: throw damaged()
    }
  }

  /// NEWOBJ_EX: a class, arguments, and arguments by name.
  private mutating func callWithNames() throws {
    _ = try pop()
    try call()
  }

  /// BUILD. The state of a dictionary, which an OrderedDict has as its `_metadata`, tells nothing of its entries.
  private mutating func build() throws {
    let state = try pop()
    if case .object(let index) = try top() { objects[index].state = state }
  }
}

// MARK: - Protocol 0, which is text

extension Unpickler {
  /// `17`, `17L`, or `01` for a truth.
  private static func integer(line: String) -> PickleValue? {
    switch line {
    case "00": return .bool(false)
    case "01": return .bool(true)
    default: break
    }
    let digits = line.hasSuffix("L") ? line.dropLast() : line[...]
    if let integer = Int(digits) { return .integer(integer) }
    return !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber || $0 == "-" } ? .other : nil
  }

  /// The text between quotes; its escapes stay as they are.
  private static func unquoted(_ line: String) -> String? {
    guard line.count >= 2, let quote = line.first, quote == "'" || quote == "\"", line.last == quote else { return nil }
    return String(line.dropFirst().dropLast())
  }
}

/// Opcodes are letters where they can be.
private func ~= (letter: Unicode.Scalar, opcode: UInt8) -> Bool {
  letter.value == UInt32(opcode)
}
