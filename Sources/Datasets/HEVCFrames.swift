import Core

/// How large the frames of HEVC data are, by their sequence parameter sets (ITU-T H.265, 7.3.2.2 and 7.3.3).
enum HEVCFrames {
  /// The sizes that sequence parameter sets have; none where no set is understood.
  ///
  /// - Parameters:
  ///   - configuration: the box hvcC, which has arrays of units (ISO/IEC 14496-15, 8.3.3).
  ///   - data: units, each behind its length in four bytes, as libheif takes them.
  static func sizes(configuration: ArraySlice<UInt8>, data: ArraySlice<UInt8>) -> [ImageSize] {
    (units(configuration: configuration) + units(data)).compactMap(size)
  }

  private static func units(configuration: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var units: [ArraySlice<UInt8>] = []
    var rest = configuration.dropFirst(22)
    for _ in 0..<(rest.popFirst() ?? 0) {
      rest = rest.dropFirst()
      for _ in 0..<(take(2, &rest) ?? 0) {
        guard let size = take(2, &rest) else { return units }
        units.append(rest.prefix(size))
        rest = rest.dropFirst(size)
      }
    }
    return units
  }

  private static func units(_ data: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var units: [ArraySlice<UInt8>] = []
    var rest = data
    while let size = take(4, &rest) {
      units.append(rest.prefix(size))
      rest = rest.dropFirst(size)
    }
    return units
  }

  /// A number of `count` bytes, the highest first, off the front of `rest`.
  private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> Int? {
    guard rest.count >= count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
  }

  /// The size of a sequence parameter set's frames; nil for other units.
  private static func size(_ unit: ArraySlice<UInt8>) -> ImageSize? {
    guard let header = unit.first, header >> 1 & 63 == 33 else { return nil }
    var bits = BitReader(payload(unit)[2...])
    bits.skip(4)  // sps_video_parameter_set_id
    let subLayers = bits.bits(3)
    bits.skip(1 + 88 + 8)  // sps_temporal_id_nesting_flag; general_profile…; general_level_idc
    let present = (0..<subLayers).map { _ in (hasProfile: bits.flag(), hasLevel: bits.flag()) }
    if subLayers > 0 { bits.skip(2 * (8 - subLayers)) }
    for layer in present { bits.skip((layer.hasProfile ? 88 : 0) + (layer.hasLevel ? 8 : 0)) }
    guard bits.golomb() != nil, let chroma = bits.golomb() else { return nil }
    if chroma == 3 { bits.skip(1) }
    guard let width = bits.golomb(), let height = bits.golomb(), !bits.isBeyond else { return nil }
    return ImageSize(height: height, width: width)
  }

  /// The start of a unit without the bytes that keep it from looking like the start of another: 3 behind two zeros.
  private static func payload(_ unit: ArraySlice<UInt8>) -> [UInt8] {
    var payload: [UInt8] = []
    var zeros = 0
    for byte in unit.prefix(512) {
      if zeros >= 2, byte == 3 {
        zeros = 0
        continue
      }
      zeros = byte == 0 ? zeros + 1 : 0
      payload.append(byte)
    }
    return payload + [0, 0]
  }
}
