import CHDF5
import Foundation

/// A well-formed HDF5 file that holds what no program of ours would write: the fuzzer's bytes choose a file of one of our
/// kinds to begin with, and then what of it gets another type, shape, layout or value, becomes a link, or goes away.
struct GeneratedHDF5 {
  /// A data set, or a group where it has no shape.
  struct Node {
    var path: String
    var type = ElementType.float32
    var shape: [UInt64]? = []
    var chunk: [UInt64]?
    var isDeflated = false
    var isChecked = true
    var place = Place.here
    /// What is written again and again until the data set is full; nothing: it is left unwritten.
    var content: [Value] = [.number(0)]
  }

  struct Attribute {
    /// The path of the group or data set that has it.
    var owner: String
    var name: String
    var type = ElementType.int64
    var shape: [UInt64] = []
    var content: [Value]
  }

  enum Value {
    case number(Double)
    case integer(Int64)
    case text(String)
  }

  enum ElementType: CaseIterable {
    case float32, float64, float16, int8, int32, int64, uint8, uint64, bigEndian32, text, variableText, boolean
    case compound, opaque, sequence, array, reference
  }

  enum Place: CaseIterable {
    case here, external, virtual, nowhere, externalLink, softLink, looseLink, circle, group
  }

  var nodes: [Node] = []
  var attributes: [Attribute] = []

  // MARK: - What is changed

  private static let extents: [UInt64] = [
    0, 1, 2, 3, 4, 7, 8, 36, 255, 65_535, 1 << 20, 1 << 31, 1 << 40, 1 << 62, UInt64(Int64.max), UInt64.max - 1,
  ]
  private static let values: [Value] = [
    .number(0), .number(0.5), .number(1), .number(-1), .number(.nan), .number(.infinity), .number(1e300), .integer(0),
    .integer(1), .integer(-1), .integer(3), .integer(1 << 20), .integer(1 << 40), .integer(1 << 62), .integer(.min),
    .integer(.max), .text(""), .text("a"), .text("../../etc/passwd"), .text("a\nb\u{1b}[2J"), .text("{}"),
    .text("vars"),
    .text(String(repeating: "x", count: 300)),
    .text(#"{"digest":"00","name":"a","reason":"b","row":9223372036854775807}"#),
    .text(#"{"columns":[],"firstNumber":-1,"rows":[[]],"title":""}"#),
    .text(#"{"columns":["a"],"firstNumber":9,"rows":[["b"]],"title":""}"#),
  ]

  /// Changes something as the bytes say, until they are used up.
  mutating func change(by bytes: inout ArraySlice<UInt8>) {
    while !bytes.isEmpty {
      if bytes.choose(3) == 0, !attributes.isEmpty {
        changeAttribute(bytes.choose(attributes.count), by: &bytes)
      } else if !nodes.isEmpty {
        changeNode(bytes.choose(nodes.count), by: &bytes)
      }
    }
  }

  private mutating func changeNode(_ index: Int, by bytes: inout ArraySlice<UInt8>) {
    switch bytes.choose(9) {
    case 0: nodes[index].type = bytes.pick(ElementType.allCases)
    case 1: Self.reshape(&nodes[index].shape, by: &bytes)
    case 2:
      nodes[index].chunk = nodes[index].shape
      Self.reshape(&nodes[index].chunk, by: &bytes)
    case 3: nodes[index].chunk = nil
    case 4: nodes[index].isDeflated.toggle()
    case 5: nodes[index].isChecked.toggle()
    case 6: nodes[index].place = bytes.pick(Place.allCases)
    case 7: nodes[index].content = Self.content(&bytes)
    default: nodes.remove(at: index)
    }
  }

  private mutating func changeAttribute(_ index: Int, by bytes: inout ArraySlice<UInt8>) {
    switch bytes.choose(4) {
    case 0: attributes[index].type = bytes.pick(ElementType.allCases)
    case 1:
      var shape: [UInt64]? = attributes[index].shape
      Self.reshape(&shape, by: &bytes)
      attributes[index].shape = shape ?? []
    case 2: attributes[index].content = Self.content(&bytes)
    default: attributes.remove(at: index)
    }
  }

  private static func reshape(_ shape: inout [UInt64]?, by bytes: inout ArraySlice<UInt8>) {
    var extents = shape ?? []
    switch bytes.choose(4) {
    case 0 where !extents.isEmpty: extents.removeLast()
    case 1 where extents.count < 6: extents.append(bytes.pick(Self.extents))
    case 2 where !extents.isEmpty: extents.reverse()
    default: if !extents.isEmpty { extents[bytes.choose(extents.count)] = bytes.pick(Self.extents) }
    }
    shape = extents
  }

  private static func content(_ bytes: inout ArraySlice<UInt8>) -> [Value] {
    (0..<bytes.choose(4)).map { _ in bytes.pick(values) }
  }
}

extension ArraySlice<UInt8> {
  /// A number below `count`, by the next byte.
  mutating func choose(_ count: Int) -> Int { Int(popFirst() ?? 0) % count }

  mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[choose(choices.count)] }
}

// MARK: - Writing it

extension GeneratedHDF5 {
  /// Writes the file. What HDF5 refuses is left out.
  ///
  /// - Parameter pipe: the path of a pipe that nobody writes to, which is what links and external storage lead to.
  func write(to path: String, pipe: String) {
    H5Eset_auto2(0, nil, nil)
    let access = H5Pcreate(chdf5_file_access())
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110)
    let file = H5Fcreate(path, chdf5_create_truncate(), chdf5_default(), access)
    H5Pclose(access)
    precondition(file >= 0, "\(path) can't be made")
    for node in nodes { node.write(to: file, pipe: pipe) }
    for attribute in attributes { attribute.write(to: file) }
    precondition(H5Fclose(file) >= 0)
  }
}

extension GeneratedHDF5 {
  /// Adds an attribute to a file that is there.
  static func add(_ attribute: Attribute, to path: String) {
    let file = H5Fopen(path, chdf5_open_read_write(), chdf5_default())
    guard file >= 0 else { return }
    attribute.write(to: file)
    precondition(H5Fclose(file) >= 0)
  }
}

extension GeneratedHDF5.Node {
  func write(to file: hid_t, pipe: String) {
    let links = H5Pcreate(chdf5_link_create())
    defer { H5Pclose(links) }
    H5Pset_create_intermediate_group(links, 1)
    switch place {
    case .externalLink: H5Lcreate_external(pipe, path, file, path, links, chdf5_default())
    case .softLink: H5Lcreate_soft("/vars", file, path, links, chdf5_default())
    case .looseLink: H5Lcreate_soft("/nothing/there", file, path, links, chdf5_default())
    case .circle: H5Lcreate_soft("/" + path, file, path, links, chdf5_default())
    case .group: H5Gclose(H5Gcreate2(file, path, links, chdf5_default(), chdf5_default()))
    case .here, .nowhere, .external, .virtual:
      guard let shape else {
        H5Gclose(H5Gcreate2(file, path, links, chdf5_default(), chdf5_default()))
        return
      }
      writeDataset(shape, to: file, links, pipe: pipe)
    }
  }

  private func writeDataset(_ shape: [UInt64], to file: hid_t, _ links: hid_t, pipe: String) {
    let type = type.make(for: content)
    let space = shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), shape, nil)
    let creation = H5Pcreate(chdf5_dataset_create())
    defer { for close in [H5Tclose(type), H5Sclose(space), H5Pclose(creation)] { _ = close } }
    if let chunk {
      H5Pset_chunk(creation, Int32(chunk.count), chunk)
      if isDeflated { H5Pset_deflate(creation, 1) }
      if isChecked { H5Pset_fletcher32(creation) }
    }
    let size = shape.reduce(Double(H5Tget_size(type))) { $0 * Double($1) }
    if place == .external { H5Pset_external(creation, pipe, 0, hsize_t(min(max(size, 1), 1e15))) }
    if place == .virtual { H5Pset_virtual(creation, space, pipe, "/x", space) }
    let dataset = H5Dcreate2(file, path, type, space, links, creation, chdf5_default())
    guard dataset >= 0 else { return }
    defer { H5Dclose(dataset) }
    guard place == .here, size <= 65_536 else { return }
    self.type.fill(Int(size) / H5Tget_size(type), with: content, as: type) {
      H5Dwrite(dataset, $0, chdf5_all(), chdf5_all(), chdf5_default(), $1)
    }
  }
}

extension GeneratedHDF5.Attribute {
  func write(to file: hid_t) {
    let owner = H5Oopen(file, owner, chdf5_default())
    guard owner >= 0 else { return }
    let type = type.make(for: content)
    let space = shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), shape, nil)
    defer { for close in [H5Tclose(type), H5Sclose(space), H5Oclose(owner)] { _ = close } }
    let size = shape.reduce(Double(H5Tget_size(type))) { $0 * Double($1) }
    // HDF5 itself makes room for a whole attribute.
    guard size <= 32_768 else { return }
    let attribute = H5Acreate2(owner, name, type, space, chdf5_default(), chdf5_default())
    guard attribute >= 0 else { return }
    defer { H5Aclose(attribute) }
    self.type.fill(Int(size) / H5Tget_size(type), with: content, as: type) { H5Awrite(attribute, $0, $1) }
  }
}

extension GeneratedHDF5.ElementType {
  private static let textSize = 64

  fileprivate func make(for content: [GeneratedHDF5.Value]) -> hid_t {
    switch self {
    case .float32: return H5Tcopy(chdf5_float32())
    case .float64: return H5Tcopy(chdf5_float64())
    case .float16:
      let type = H5Tcopy(chdf5_float32())
      H5Tset_fields(type, 15, 10, 5, 0, 10)
      H5Tset_size(type, 2)
      H5Tset_ebias(type, 15)
      return type
    case .int8: return H5Tcopy(chdf5_int8())
    case .int32: return H5Tcopy(chdf5_int32())
    case .int64: return H5Tcopy(chdf5_int64())
    case .uint8: return H5Tcopy(chdf5_uint8())
    case .uint64: return H5Tcopy(chdf5_uint64())
    case .bigEndian32:
      let type = H5Tcopy(chdf5_int32())
      H5Tset_order(type, H5T_ORDER_BE)
      return type
    case .text:
      let type = H5Tcopy(chdf5_string())
      H5Tset_size(type, max(1, content.map { $0.text.utf8.count + 1 }.max() ?? 1))
      return type
    case .variableText:
      let type = H5Tcopy(chdf5_string())
      H5Tset_size(type, chdf5_variable())
      return type
    case .boolean:
      let type = H5Tenum_create(chdf5_int8())
      for (name, value) in [("FALSE", Int8(0)), ("TRUE", 1)] {
        _ = withUnsafePointer(to: value) { H5Tenum_insert(type, name, $0) }
      }
      return type
    case .compound:
      let type = H5Tcreate(H5T_COMPOUND, 8)
      H5Tinsert(type, "a", 0, chdf5_int32())
      return type
    case .opaque: return H5Tcreate(H5T_OPAQUE, 5)
    case .sequence: return H5Tvlen_create(chdf5_int8())
    case .array: return H5Tarray_create2(chdf5_int32(), 1, [hsize_t(3)])
    case .reference: return H5Tcopy(chdf5_int64())
    }
  }

  /// Calls `write` with `count` elements in memory and their type there.
  fileprivate func fill(
    _ count: Int, with content: [GeneratedHDF5.Value], as type: hid_t, _ write: (hid_t, UnsafeRawPointer) -> herr_t
  ) {
    guard !content.isEmpty, count > 0 else { return }
    let values = (0..<count).map { content[$0 % content.count] }
    switch self {
    case .text:
      let size = H5Tget_size(type)
      let bytes = values.flatMap { value in
        let text = Array(value.text.utf8.prefix(size))
        return text + [UInt8](repeating: 0, count: size - text.count)
      }
      bytes.withUnsafeBytes { _ = write(type, $0.baseAddress!) }
    case .variableText:
      let texts = values.map { strdup($0.text) }
      defer { for text in texts { free(text) } }
      texts.withUnsafeBytes { _ = write(type, $0.baseAddress!) }
    case .compound, .opaque, .sequence, .array, .reference, .boolean: break
    case .float16, .float32, .float64:
      values.map(\.number).withUnsafeBytes { _ = write(chdf5_float64(), $0.baseAddress!) }
    default: values.map(\.integer).withUnsafeBytes { _ = write(chdf5_int64(), $0.baseAddress!) }
    }
  }
}

extension GeneratedHDF5.Value {
  fileprivate var text: String {
    switch self {
    case .text(let text): text
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    }
  }

  fileprivate var number: Double {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    case .text: 0
    }
  }

  fileprivate var integer: Int64 {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value.rounded()) ?? 0
    case .text: 0
    }
  }
}
