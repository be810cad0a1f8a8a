import Pickle

/// A file that is a Python pickle of a dictionary: its texts, numbers and NumPy arrays, by their keys. Nothing in it is run.
struct PickledDictionary {
  let path: String
  private let file: FileRegion
  private let pickle: Unpickler
  private let entries: [(key: String, value: PickleValue)]

  /// How many bytes are read of a pickle, long strings and the arrays' elements aside: some 100,000 names of files.
  private static let limit = 8 << 20

  /// Whether a file begins as pickles do; those of protocol 0 and 1 have no signature.
  static func isPickle(_ start: [UInt8]) -> Bool {
    guard start.count >= 2 else { return false }
    if start[0] == 0x80 { return 2...5 ~= start[1] }
    return FileSignature.isOldPickle(start) || start.starts(with: [UInt8(ascii: "}"), UInt8(ascii: "q")])
  }

  /// - Throws: ``DatasetError`` for what is no whole pickle of a dictionary.
  init(_ path: String) throws {
    let file = try FileRegion(path)
    var pickle = Unpickler(
      PickleSource(size: file.size) { try file.read($0, name: path) }, limit: Self.limit)
    let value: PickleValue
    do {
      value = try pickle.load()
    } catch let error as PickleError {
      throw DatasetError("\(path): \(Self.reason(error))")
    }
    guard case .dictionary = value else {
      throw DatasetError("\(path): a Python pickle of something else than a dictionary; \(FileSignature.arrays)")
    }
    (self.path, self.file, self.pickle) = (path, file, pickle)
    entries = try pickle.entries(of: value)
  }

  private static func reason(_ error: PickleError) -> String {
    switch error {
    case .damaged(let byte): "a damaged pickle (at byte \(byte)): get the file again"
    case .truncated:
      "a pickle that is cut short, or has more than \(limit >> 20) MiB beside its arrays: get the file again"
    case .asks(let function): "the pickle asks for \(function), which was not run: no pictures need it"
    case .opcode(let opcode): "a pickle with the opcode 0x\(String(opcode, radix: 16)), which no pictures need"
    }
  }

  /// As the pickle has them.
  var keys: [String] { entries.map(\.key) }

  private func value(_ key: String) -> PickleValue? { entries.last { $0.key == key }?.value }

  /// The array of a key; nil where there is none.
  ///
  /// - Throws: ``DatasetError`` for one that is not whole, or has elements that are not read.
  func array(_ key: String) throws -> NumPyArray? {
    guard let value = value(key) else { return nil }
    let name = "\(path): \(key)"
    return try PickledArray(value, in: pickle, name: name).map { array in
      NumPyArray(try elements(array, name: name), try array.type(name: name), shape: array.shape, name: name)
    }
  }

  private func elements(_ array: PickledArray, name: String) throws -> FileRegion {
    let region: FileRegion
    if let range = pickle.range(of: array.content) {
      region = file.part(range)
    } else if let text = pickle.encoded(array.content) {
      region = FileRegion(try unpacked(text, name: name))
    } else {
      throw DatasetError("\(name): an array without its elements: get the file again")
    }
    let expected = try array.shape.reduce(1, *) * array.type(name: name).size
    guard region.size == expected else {
      let shape = array.shape.map(String.init).joined(separator: "×")
      throw DatasetError("\(name): \(region.size) bytes, expected \(expected) for \(shape): get the file again")
    }
    return region
  }

  /// The bytes that are the characters of a text.
  private func unpacked(_ text: PickleValue, name: String) throws -> OpenFile {
    try OpenFile.unpacked(name) { write in
      var decoder = Latin1Decoder()
      if case .string(let text) = text {
        try decoder.decode(Array(text.utf8), name: name).withUnsafeBytes(write)
      } else if let range = pickle.range(of: text) {
        for start in stride(from: range.lowerBound, to: range.upperBound, by: 1 << 20) {
          let part = try file.read(start..<min(start + 1 << 20, range.upperBound), name: name)
          try decoder.decode(part, name: name).withUnsafeBytes(write)
        }
      }
    }
  }

  /// The labels of a key: a list of numbers, or of texts, or an array; nil where there is no such key.
  ///
  /// - Parameters:
  ///   - rows: how many there must be.
  ///   - pictures: what they are the labels of, for the errors.
  /// - Throws: ``DatasetError`` for what are no labels.
  func labels(_ key: String, rows: Int, of pictures: String) throws -> ArrayLabels? {
    if let array = try array(key) { return try ArrayLabels(array, rows: rows, of: pictures) }
    guard case .list(let index)? = value(key) else {
      guard value(key) == nil else { throw DatasetError("\(path): \(key): neither a list of labels nor an array") }
      return nil
    }
    let elements = pickle.containers[index]
    guard elements.count == rows else {
      throw DatasetError("\(path): \(key): \(elements.count) labels, but \(rows) pictures in \(pictures)")
    }
    if let first = elements.first, try pickle.text(first) != nil { return try texts(key).map(ArrayLabels.texts) }
    return .numbers(
      try elements.enumerated().map { row, element in
        guard let number = try number(element), let label = Int32(exactly: number), label >= 0 else {
          throw DatasetError("\(path): \(key)[\(row)]: no label: expected a whole number from 0")
        }
        return label
      })
  }

  /// A whole number, of Python's or of NumPy's.
  private func number(_ value: PickleValue) throws -> Int? {
    switch value {
    case .integer(let number): return number
    case .object:
      let name = "\(path): a number"
      guard let scalar = try PickledArray(scalar: value, in: pickle, name: name) else { return nil }
      let element = try elements(scalar, name: name)
      return try scalar.type(name: name).numbers(element.read(0..<element.size, name: name)).first.flatMap(
        Int.init(exactly:))
    default: return nil
    }
  }

  /// A list of texts; nil where there is no such key.
  ///
  /// - Throws: ``DatasetError`` for a list of something else.
  func texts(_ key: String) throws -> [String]? {
    guard let value = value(key) else { return nil }
    guard case .list(let index) = value else { throw DatasetError("\(path): \(key): not a list of texts") }
    return try pickle.containers[index].enumerated().map { row, element in
      guard let text = try pickle.text(element) else { throw DatasetError("\(path): \(key)[\(row)]: not a text") }
      return text
    }
  }
}

/// Bytes from UTF-8 of the characters that have their numbers, part by part.
private struct Latin1Decoder {
  /// The first byte of a character that the next part goes on with.
  private var lead: UInt8?

  mutating func decode(_ part: [UInt8], name: String) throws -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(part.count)
    for byte in part {
      if let first = lead {
        guard byte & 0xC0 == 0x80 else { throw DatasetError("\(name): not the bytes of an array: get the file again") }
        output.append(first << 6 | byte & 0x3F)
        lead = nil
      } else if byte < 0x80 {
        output.append(byte)
      } else {
        guard byte == 0xC2 || byte == 0xC3 else {
          throw DatasetError("\(name): not the bytes of an array: get the file again")
        }
        lead = byte
      }
    }
    return output
  }
}
