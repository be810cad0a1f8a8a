import Pickle

/// An array of NumPy's as a pickle has it (numpy/core/src/multiarray/methods.c, array_reduce; _core in numpy 2).
struct PickledArray {
  let shape: [Int]
  /// What NumPy calls its elements: `<f4`.
  private let descriptor: String
  private let isFortran: Bool
  /// A byte string, or a text of such characters.
  let content: PickleValue

  /// - Returns: nil for what is no array.
  /// - Throws: ``DatasetError`` for one of which something is missing.
  init?(_ value: PickleValue, in pickle: Unpickler, name: String) throws {
    let incomplete = Self.incomplete(name)
    guard case .object(let index) = value, let function = pickle.function(of: value) else { return nil }
    let object = pickle.objects[index]
    let parts: [PickleValue]
    switch (Self.module(function), function.name) {
    case ("multiarray", "_reconstruct"):
      // (version, shape, type, whether it is in Fortran's order, elements); the first versions had no version.
      guard case .tuple(let state) = object.state, 4...5 ~= pickle.containers[state].count else { throw incomplete }
      parts = pickle.containers[state].suffix(4)
    case ("numeric", "_frombuffer"):
      // (elements, type, shape, order)
      guard object.arguments.count == 4 else { throw incomplete }
      let order = try pickle.text(object.arguments[3])
      parts = [object.arguments[2], object.arguments[1], .bool(order == "F"), object.arguments[0]]
    default: return nil
    }
    guard let shape = Self.shape(parts[0], in: pickle) else { throw incomplete }
    let isFortran: Bool
    switch parts[2] {
    case .bool(let truth): isFortran = truth
    case .integer(let truth): isFortran = truth != 0  // before Python 2.3
    default: throw incomplete
    }
    self.shape = shape
    self.isFortran = isFortran
    descriptor = try Self.descriptor(parts[1], in: pickle, name: name)
    content = parts[3]
  }

  /// One number: `numpy.core.multiarray.scalar(type, bytes)`.
  init?(scalar value: PickleValue, in pickle: Unpickler, name: String) throws {
    guard case .object(let index) = value, let function = pickle.function(of: value),
      Self.module(function) == "multiarray", function.name == "scalar", pickle.objects[index].arguments.count == 2
    else { return nil }
    let arguments = pickle.objects[index].arguments
    (shape, isFortran, content) = ([], false, arguments[1])
    descriptor = try Self.descriptor(arguments[0], in: pickle, name: name)
  }

  /// - Throws: ``DatasetError`` for elements that are not read, and for Fortran's order.
  func type(name: String) throws -> ArrayElement {
    guard let type = ArrayElement(numPy: descriptor) else {
      throw DatasetError("\(name): elements of NumPy's type \(descriptor.shortened) are not read: save them as uint8")
    }
    guard shape.count < 2 || !isFortran else {
      throw DatasetError("\(name): stored in Fortran's order: save numpy.ascontiguousarray(…) of it")
    }
    return type
  }

  private static func incomplete(_ name: String) -> DatasetError {
    DatasetError("\(name): a NumPy array that is not whole: get the file again")
  }

  /// The last part of the name of one of NumPy's inner modules; nil for others.
  private static func module(_ function: PickleFunction) -> String? {
    for prefix in ["numpy.core.", "numpy._core."] where function.module.hasPrefix(prefix) {
      return String(function.module.dropFirst(prefix.count))
    }
    return nil
  }

  /// Nil where a length is none, or there are more elements than memory can hold.
  private static func shape(_ value: PickleValue, in pickle: Unpickler) -> [Int]? {
    guard case .tuple(let index) = value, pickle.containers[index].count <= 32 else { return nil }
    var shape: [Int] = []
    var count = 1
    for element in pickle.containers[index] {
      guard case .integer(let length) = element, length >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: max(length, 1))
      guard !overflow, product < 1 << 48 else { return nil }
      count = product
      shape.append(length)
    }
    return shape
  }

  /// `numpy.dtype('u1', False, True)`, whose state begins with a version and the order of its bytes: `<`, `>` or `|`.
  private static func descriptor(_ value: PickleValue, in pickle: Unpickler, name array: String) throws -> String {
    guard case .object(let index) = value,
      pickle.function(of: value) == PickleFunction(module: "numpy", name: "dtype"),
      let name = try pickle.objects[index].arguments.first.flatMap(pickle.text)
    else { throw incomplete(array) }
    var order = "|"
    if case .tuple(let state) = pickle.objects[index].state, pickle.containers[state].count > 1 {
      order = try pickle.text(pickle.containers[state][1]) ?? order
    }
    return order + name
  }
}
