import CHDF5

/// A step of the pipeline that a chunk goes through on its way to the file, in order.
public enum HDF5Filter: Equatable, Sendable {
  /// All first bytes of the elements, then all second bytes, and so on. Dense numbers compress better so; of a deep
  /// layer's features, which are zero but for 5 %, deflate alone makes less than two thirds of the size.
  case shuffle
  /// zlib, level 0 to 9.
  case deflate(level: Int)
  /// A checksum of 4 bytes at the end, so that a damaged chunk is noticed.
  case fletcher32
  /// A filter that is not written here, by its registered number and name.
  case other(id: Int, name: String)
}

extension [HDF5Filter] {
  /// Raw chunks.
  public static var none: Self { [] }
  /// Shuffle, deflate at level 1, checksum: every HDF5 reader has them.
  public static var standard: Self { [.shuffle, .deflate(level: 1), .fletcher32] }
}

extension HDF5Filter {
  /// Adds this filter to a data set's creation properties.
  func add(to properties: HDF5Handle, _ place: Place) throws {
    switch self {
    case .shuffle: try place.call("can't shuffle") { H5Pset_shuffle(properties.id) }
    case .deflate(let level):
      guard 0...9 ~= level else { throw place.error("deflate level \(level), expected 0 to 9") }
      try place.call("can't deflate") { H5Pset_deflate(properties.id, UInt32(level)) }
    case .fletcher32: try place.call("can't add a checksum") { H5Pset_fletcher32(properties.id) }
    case .other(_, let name): throw place.error("can't write with the filter \(name)")
    }
  }

  /// The filters in a data set's creation properties.
  static func all(of properties: HDF5Handle, _ place: Place) throws -> [HDF5Filter] {
    let count = try place.call("can't read the filters") { H5Pget_nfilters(properties.id) }
    return try (0..<UInt32(count)).map { index in
      var flags: UInt32 = 0
      var valueCount = 4
      var values: [UInt32] = [0, 0, 0, 0]
      var name = [CChar](repeating: 0, count: 65)
      let filter = try place.call("can't read the filters") {
        H5Pget_filter2(properties.id, index, &flags, &valueCount, &values, name.count - 1, &name, nil)
      }
      switch filter {
      case H5Z_FILTER_SHUFFLE: return .shuffle
      case H5Z_FILTER_DEFLATE: return .deflate(level: Int(values[0]))
      case H5Z_FILTER_FLETCHER32: return .fletcher32
      default:
        let known = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return .other(id: Int(filter), name: known.isEmpty ? "number \(filter)" : known)
      }
    }
  }
}
