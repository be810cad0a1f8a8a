import CHDF5
import Storage

// Attributes: small named values on a file, group or data set.

extension HDF5Object {
  // MARK: Looking

  /// Whether there is an attribute of this name.
  public func hasAttribute(_ name: String) throws -> Bool {
    try place.call("can't look up attribute \(name)") { H5Aexists(id, name) } > 0
  }

  /// The names of the attributes, sorted.
  public var attributeNames: [String] {
    get throws {
      var names: [String] = []
      var position: hsize_t = 0
      try withUnsafeMutablePointer(to: &names) { names in
        _ = try place.call("can't list the attributes") {
          H5Aiterate2(
            id, H5_INDEX_NAME, H5_ITER_INC, &position,
            { _, name, _, context in
              if let name, let context {
                context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
              }
              return 0
            }, names)
        }
      }
      return names
    }
  }

  /// The type of an attribute's elements.
  public func attributeType(_ name: String) throws -> HDF5ElementType {
    try Attribute(self, name).elementType
  }

  /// The shape of an attribute; empty for a single value.
  public func attributeShape(_ name: String) throws -> [Int] {
    try Attribute(self, name).shape
  }

  // MARK: Reading

  /// Reads a string of any kind: fixed or variable length, ASCII or UTF-8.
  public func attribute(_ name: String, as type: String.Type = String.self) throws -> String {
    try Attribute(self, name).single { try $0.strings() }
  }

  /// Reads strings, in row-major order. A single one is an array of one.
  public func attribute(_ name: String, as type: [String].Type = [String].self) throws -> [String] {
    try Attribute(self, name).strings()
  }

  /// Reads a number, converted from whatever number type it has.
  public func attribute<Element: HDF5Element>(_ name: String, as type: Element.Type = Element.self) throws -> Element {
    try Attribute(self, name).single { try $0.numbers() }
  }

  /// Reads numbers, in row-major order.
  public func attribute<Element: HDF5Element>(
    _ name: String, as type: [Element].Type = [Element].self
  ) throws -> [Element] {
    try Attribute(self, name).numbers()
  }

  /// Reads a Boolean: h5py's enumeration, or a number that is not zero.
  public func attribute(_ name: String, as type: Bool.Type = Bool.self) throws -> Bool {
    try Attribute(self, name).single { try $0.numbers(as: Int8.self) } != 0
  }

  /// Reads all elements as they are in the file: numbers in the file's byte order, or strings of fixed length.
  ///
  /// - Throws: ``HDF5Error``; of elements of no fixed size, too.
  public func attributeBytes(_ name: String) throws -> [UInt8] {
    try Attribute(self, name).bytes()
  }

  // MARK: Writing

  /// Writes a UTF-8 string, in place of what had this name.
  ///
  /// - Parameters:
  ///   - name: of the attribute.
  ///   - value: the text.
  ///   - isFixed: h5py shows strings of variable length as `str`, those of fixed length as `bytes`; but only the latter
  ///     are under a checksum, see `HDF5ElementType.string`.
  public func setAttribute(_ name: String, _ value: String, isFixed: Bool = false) throws {
    try writeStrings(name, [value], shape: [], isFixed: isFixed)
  }

  /// Writes UTF-8 strings, in place of what had this name.
  ///
  /// - Parameters:
  ///   - name: of the attribute.
  ///   - value: the texts.
  ///   - isFixed: whether all get the length of the longest.
  public func setAttribute(_ name: String, _ value: [String], isFixed: Bool = false) throws {
    try writeStrings(name, value, shape: [value.count], isFixed: isFixed)
  }

  /// Writes a number, in place of what had this name.
  public func setAttribute<Element: HDF5Element>(_ name: String, _ value: Element) throws {
    try writeNumbers(name, [value], Element.hdf5Type, shape: [])
  }

  /// Writes numbers, in place of what had this name.
  public func setAttribute<Element: HDF5Element>(_ name: String, _ value: [Element]) throws {
    try writeNumbers(name, value, Element.hdf5Type, shape: [value.count])
  }

  /// Writes a Boolean as h5py does, in place of what had this name.
  public func setAttribute(_ name: String, _ value: Bool) throws {
    try writeNumbers(name, [value ? Int8(1) : 0], .bool, shape: [])
  }

  /// Removes an attribute, which must be there.
  public func deleteAttribute(_ name: String) throws {
    try place.call("can't delete attribute \(name)") { H5Adelete(id, name) }
    handle.writing?.forget(attributeKey(name))
  }

  private func writeStrings(_ name: String, _ values: [String], shape: [Int], isFixed: Bool) throws {
    let size = 1 + values.reduce(0) { max($0, $1.utf8.count) }
    let type: HDF5ElementType = isFixed ? .fixedString(size: size) : .string
    let attribute = try createAttribute(name, type, shape: shape)
    guard !values.isEmpty else { return }
    try StringTransfer(type: type.makeType(place), place: place.attribute(name)).write(values) { type, memory in
      try place.call("can't write attribute \(name)") { H5Awrite(attribute.id, type, memory) }
    }
    expect(name) { try $0.attribute(name) == values }
  }

  private func writeNumbers<Element: HDF5Element>(
    _ name: String, _ values: [Element], _ type: HDF5ElementType, shape: [Int]
  ) throws {
    let attribute = try createAttribute(name, type, shape: shape)
    guard !values.isEmpty else { return }
    let memoryType = try type.makeType(place)
    try values.withUnsafeBytes { memory in
      _ = try place.call("can't write attribute \(name)") { H5Awrite(attribute.id, memoryType.id, memory.baseAddress) }
    }
    expect(name) { object in
      let found: [Element] = try object.attribute(name)
      return values.withUnsafeBytes { written in found.withUnsafeBytes { written.elementsEqual($0) } }
    }
  }

  /// Has the file's reading back look at this object's attribute.
  private func expect(_ name: String, _ isAsWritten: @escaping @Sendable (any HDF5Object) throws -> Bool) {
    let path = path
    handle.writing?.expect(attributeKey(name)) { file in
      guard try isAsWritten(file.object(path)) else { throw StorageError(file.filePath, .compare, nil) }
    }
  }

  private func attributeKey(_ name: String) -> String { "\(path) @\(name)" }

  private func createAttribute(_ name: String, _ type: HDF5ElementType, shape: [Int]) throws -> HDF5Handle {
    if try hasAttribute(name) { try deleteAttribute(name) }
    let fileType = try type.makeType(place)
    let space = try Dataspace.make(shape, place)
    return try place.open(in: fileHandle, "can't create attribute \(name)") {
      H5Acreate2(id, name, fileType.id, space.id, chdf5_default(), chdf5_default())
    }
  }
}

extension Place {
  /// An attribute's place, for messages.
  func attribute(_ name: String) -> Place {
    Place(file: file, object: object == "/" ? "attribute \(name)" : "\(object), attribute \(name)")
  }
}

/// An open attribute.
private struct Attribute {
  let handle: HDF5Handle
  let type: HDF5Handle
  let space: HDF5Handle
  let shape: [Int]
  let elementType: HDF5ElementType
  let fileSize: Int
  var place: Place { handle.place }

  init(_ object: some HDF5Object, _ name: String) throws {
    let place = object.place.attribute(name)
    guard try object.hasAttribute(name) else { throw place.error("there is no such attribute") }
    let attribute = try place.open(in: object.fileHandle, "can't be opened") {
      H5Aopen(object.id, name, chdf5_default())
    }
    handle = attribute
    type = try place.open("can't read the type") { H5Aget_type(attribute.id) }
    space = try place.open("can't read the shape") { H5Aget_space(attribute.id) }
    (shape, _) = try Dataspace.shape(of: space, place)
    elementType = HDF5ElementType(of: type)
    fileSize = try object.fileSize()
  }

  /// The size of the value in the file; more than the file's is an error.
  func byteCount() throws -> Int {
    let size = Library.locked { H5Tget_size(type.id) }
    let count = try place.count(of: shape, size: size)
    guard count * size <= fileSize else { throw place.error("shape \(shape) is more than the file can hold") }
    return count * size
  }

  func bytes() throws -> [UInt8] {
    guard elementType.hasFixedSize else { throw place.error("elements of type \(elementType) have no fixed size") }
    var bytes = [UInt8](repeating: 0, count: try byteCount())
    if !bytes.isEmpty { try place.call("can't be read") { H5Aread(handle.id, type.id, &bytes) } }
    return bytes
  }

  func strings() throws -> [String] {
    let count = try place.count(of: shape)
    guard count > 0 else { return [] }
    _ = try byteCount()
    return try StringTransfer(type: type, place: place).read(count: count, limit: fileSize) { type, _, memory in
      try place.call("can't be read") { H5Aread(handle.id, type, memory) }
    }
  }

  func numbers<Element: HDF5Element>(as type: Element.Type = Element.self) throws -> [Element] {
    let count = try place.count(of: shape)
    guard count > 0 else { return [] }
    guard elementType.isNumeric else { throw place.error("expected numbers, found elements of type \(elementType)") }
    _ = try byteCount()
    let memoryType = try Element.hdf5Type.makeType(place)
    return try [Element](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      let memory = UnsafeMutableRawPointer(buffer.baseAddress)
      try place.call("can't be read") { H5Aread(handle.id, memoryType.id, memory) }
      initializedCount = count
    }
  }

  /// The only element.
  func single<Element>(_ elements: (Attribute) throws -> [Element]) throws -> Element {
    guard try place.count(of: shape) == 1 else { throw place.error("expected one value, found shape \(shape)") }
    return try elements(self)[0]
  }
}
