import CHDF5

/// A number type that HDF5 reads and writes. HDF5 converts between these and whatever a file holds.
public protocol HDF5Element: BitwiseCopyable, Sendable {
  static var hdf5Type: HDF5ElementType { get }
}

extension Int8: HDF5Element { public static var hdf5Type: HDF5ElementType { .int8 } }
extension Int16: HDF5Element { public static var hdf5Type: HDF5ElementType { .int16 } }
extension Int32: HDF5Element { public static var hdf5Type: HDF5ElementType { .int32 } }
extension Int64: HDF5Element { public static var hdf5Type: HDF5ElementType { .int64 } }
extension Int: HDF5Element { public static var hdf5Type: HDF5ElementType { .int64 } }
extension UInt8: HDF5Element { public static var hdf5Type: HDF5ElementType { .uint8 } }
extension UInt16: HDF5Element { public static var hdf5Type: HDF5ElementType { .uint16 } }
extension UInt32: HDF5Element { public static var hdf5Type: HDF5ElementType { .uint32 } }
extension UInt64: HDF5Element { public static var hdf5Type: HDF5ElementType { .uint64 } }
extension HalfPrecision: HDF5Element { public static var hdf5Type: HDF5ElementType { .float16 } }
extension Float: HDF5Element { public static var hdf5Type: HDF5ElementType { .float32 } }
extension Double: HDF5Element { public static var hdf5Type: HDF5ElementType { .float64 } }

/// The type of a data set's elements. Numbers are written little-endian; files may hold either byte order.
public enum HDF5ElementType: Equatable, Sendable {
  case int8, int16, int32, int64, uint8, uint16, uint32, uint64
  /// IEEE 754 half, single and double precision.
  case float16, float32, float64
  /// A variable-length string; UTF-8 when written.
  ///
  /// HDF5 keeps these strings in a heap apart from the data set or attribute. The heap has no checksum, and a damaged
  /// one makes HDF5 1.10 crash (1.14 reports it). Where damage must be noticed, `fixedString` is the choice.
  case string
  /// A string in `size` bytes, UTF-8 and ended by a zero when written. It lies with the other elements, under their
  /// filters and checksum, or, of an attribute, in a header that has a checksum.
  case fixedString(size: Int)
  /// h5py's and PyTables' way to store a Boolean: an enumeration of one byte, FALSE and TRUE.
  case bool
  /// Bytes without a meaning to HDF5; h5py writes NumPy types that HDF5 doesn't have so.
  case opaque(size: Int)
  /// A type that is not read here, such as a compound, by HDF5's name for its class.
  case other(String)

  /// Whether HDF5 can convert elements to any number type.
  public var isNumeric: Bool {
    switch self {
    case .string, .fixedString, .opaque, .other: false
    default: true
    }
  }

  /// Whether elements lie in the file as they are, of a known type, and not as references to elsewhere.
  var hasFixedSize: Bool {
    switch self {
    case .string, .other: false
    default: true
    }
  }

  /// Whether elements are strings of any kind.
  public var isString: Bool {
    switch self {
    case .string, .fixedString: true
    default: false
    }
  }
}

extension HDF5ElementType {
  /// HDF5's type for it, the same in memory and in files.
  func makeType(_ place: Place) throws -> HDF5Handle {
    let problem = "can't make the type \(self)"
    switch self {
    case .int8: return try place.open(problem) { H5Tcopy(chdf5_int8()) }
    case .int16: return try place.open(problem) { H5Tcopy(chdf5_int16()) }
    case .int32: return try place.open(problem) { H5Tcopy(chdf5_int32()) }
    case .int64: return try place.open(problem) { H5Tcopy(chdf5_int64()) }
    case .uint8: return try place.open(problem) { H5Tcopy(chdf5_uint8()) }
    case .uint16: return try place.open(problem) { H5Tcopy(chdf5_uint16()) }
    case .uint32: return try place.open(problem) { H5Tcopy(chdf5_uint32()) }
    case .uint64: return try place.open(problem) { H5Tcopy(chdf5_uint64()) }
    case .float32: return try place.open(problem) { H5Tcopy(chdf5_float32()) }
    case .float64: return try place.open(problem) { H5Tcopy(chdf5_float64()) }
    case .float16: return try makeHalf(place)
    case .string: return try makeString(size: chdf5_variable(), place)
    case .fixedString(let size): return try makeString(size: size, place)
    case .bool: return try makeBool(place)
    case .opaque, .other: throw place.error("can't write elements of the type \(self)")
    }
  }

  /// binary16 of IEEE 754: sign in bit 15, 5 bits of exponent from bit 10 with bias 15, 10 bits of fraction.
  private func makeHalf(_ place: Place) throws -> HDF5Handle {
    let type = try HDF5ElementType.float32.makeType(place)
    try place.call("can't make the type float16") { H5Tset_fields(type.id, 15, 10, 5, 0, 10) }
    try place.call("can't make the type float16") { H5Tset_size(type.id, 2) }
    try place.call("can't make the type float16") { H5Tset_ebias(type.id, 15) }
    return type
  }

  private func makeString(size: Int, _ place: Place) throws -> HDF5Handle {
    let type = try place.open("can't make the type string") { H5Tcopy(chdf5_string()) }
    try place.call("can't make the type string") { H5Tset_size(type.id, size) }
    try place.call("can't make the type string") { H5Tset_cset(type.id, H5T_CSET_UTF8) }
    return type
  }

  private func makeBool(_ place: Place) throws -> HDF5Handle {
    let type = try place.open("can't make the type bool") { H5Tenum_create(chdf5_int8()) }
    for (name, value) in [("FALSE", Int8(0)), ("TRUE", 1)] {
      try withUnsafePointer(to: value) { value in
        _ = try place.call("can't make the type bool") { H5Tenum_insert(type.id, name, value) }
      }
    }
    return type
  }

  /// Which of these the type in a file is.
  init(of type: HDF5Handle) {
    self = Library.locked { Self.classify(type.id) }
  }

  private static func classify(_ type: hid_t) -> HDF5ElementType {
    let size = H5Tget_size(type)
    switch H5Tget_class(type) {
    case H5T_STRING: return H5Tis_variable_str(type) > 0 ? .string : .fixedString(size: size)
    case H5T_INTEGER: return integer(type, size: size)
    case H5T_FLOAT: return floatingPoint(type, size: size)
    case H5T_ENUM: return size == 1 && H5Tget_nmembers(type) == 2 ? .bool : .other("enumeration")
    case H5T_COMPOUND: return .other("compound")
    case H5T_OPAQUE: return .opaque(size: size)
    case H5T_REFERENCE: return .other("reference")
    case H5T_VLEN: return .other("variable-length sequence")
    case H5T_ARRAY: return .other("array")
    default: return .other("unknown")
    }
  }

  // Numbers that do not fill their bytes in the usual way are left alone: they are rare, and a damaged type makes
  // HDF5 1.10 convert bits that are not there.

  private static func integer(_ type: hid_t, size: Int) -> HDF5ElementType {
    let signed = H5Tget_sign(type) == H5T_SGN_2
    guard H5Tget_offset(type) == 0, H5Tget_precision(type) == 8 * size else { return .other("packed integer") }
    switch size {
    case 1: return signed ? .int8 : .uint8
    case 2: return signed ? .int16 : .uint16
    case 4: return signed ? .int32 : .uint32
    case 8: return signed ? .int64 : .uint64
    default: return .other("integer of \(size) bytes")
    }
  }

  private static func floatingPoint(_ type: hid_t, size: Int) -> HDF5ElementType {
    var sign = 0
    var exponent = 0
    var exponentSize = 0
    var fraction = 0
    var fractionSize = 0
    guard H5Tget_fields(type, &sign, &exponent, &exponentSize, &fraction, &fractionSize) >= 0,
      H5Tget_offset(type) == 0, H5Tget_precision(type) == 8 * size
    else { return .other("packed floating-point number") }
    switch (size, [sign, exponent, exponentSize, fraction, fractionSize], H5Tget_ebias(type)) {
    case (2, [15, 10, 5, 0, 10], 15): return .float16
    case (4, [31, 23, 8, 0, 23], 127): return .float32
    case (8, [63, 52, 11, 0, 52], 1023): return .float64
    default: return .other("floating-point number of \(size) bytes that is not IEEE 754's")
    }
  }
}
