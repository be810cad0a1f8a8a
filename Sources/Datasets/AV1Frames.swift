import Core

/// How large the frames of AV1 data are, by their headers (AV1 Bitstream & Decoding Process Specification, 5.5 and 5.9).
enum AV1Frames {
  /// The sizes that frames have, or may have; none where no header is understood.
  ///
  /// - Parameter data: open bitstream units, one behind another.
  static func sizes(_ data: ArraySlice<UInt8>) -> [ImageSize] {
    var sequence: Sequence?
    var sizes: [ImageSize] = []
    var rest = data
    while let unit = Unit(&rest) {
      switch unit.type {
      case 1:
        sequence = Sequence(unit.content)
        if let sequence { sizes.append(sequence.size) }
      case 3, 6, 7:
        if let sequence, sequence.isOverridden(unit.content) { sizes.append(sequence.mostSize) }
      default: break
      }
    }
    return sizes
  }

  /// An open bitstream unit.
  private struct Unit {
    let type: UInt8
    let content: ArraySlice<UInt8>

    /// Takes it off the front of `rest`; nil where there is none.
    init?(_ rest: inout ArraySlice<UInt8>) {
      guard let header = rest.popFirst() else { return nil }
      type = header >> 3 & 15
      if header & 4 != 0 { _ = rest.popFirst() }
      var size = rest.count
      if header & 2 != 0 {
        var value = 0
        for shift in stride(from: 0, to: 56, by: 7) {
          guard let byte = rest.popFirst() else { return nil }
          value |= Int(byte & 0x7F) << shift
          if byte & 0x80 == 0 { break }
        }
        size = value
      }
      content = rest.prefix(size)
      rest = rest.dropFirst(size)
    }
  }

  /// What a sequence header says, as far as it matters to the frames' sizes.
  private struct Sequence {
    let size: ImageSize
    /// What a frame may say of its own.
    let mostSize: ImageSize
    private let isReduced: Bool
    private let frameIDBits: Int
    /// 0 or 1; 2: each frame says.
    private let screenContentTools: Int
    private let integerMotion: Int
    /// Of the time that a frame says it is shown at; nil where it says none.
    private let presentationTimeBits: Int?

    init?(_ content: ArraySlice<UInt8>) {
      var bits = BitReader(content)
      bits.skip(4)  // seq_profile, still_picture
      isReduced = bits.flag()
      var presentationTimeBits: Int?
      if isReduced {
        bits.skip(5)
      } else {
        guard let time = Self.operatingPoints(&bits) else { return nil }
        presentationTimeBits = time
      }
      self.presentationTimeBits = presentationTimeBits.flatMap { $0 == 0 ? nil : $0 }
      let (widthBits, heightBits) = (bits.bits(4) + 1, bits.bits(4) + 1)
      size = { ImageSize(height: $1, width: $0) }(bits.bits(widthBits) + 1, bits.bits(heightBits) + 1)
      mostSize = ImageSize(height: 1 << heightBits, width: 1 << widthBits)
      let hasFrameIDs = !isReduced && bits.flag()
      frameIDBits = hasFrameIDs ? bits.bits(4) + bits.bits(3) + 3 : 0
      bits.skip(3)  // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
      guard !isReduced else {
        (screenContentTools, integerMotion) = (2, 2)
        return
      }
      bits.skip(4)  // enable_interintra_compound, …_masked_compound, …_warped_motion, …_dual_filter
      if bits.flag() { bits.skip(2) }  // enable_order_hint: enable_jnt_comp, enable_ref_frame_mvs
      screenContentTools = bits.flag() ? 2 : bits.bits(1)
      integerMotion = screenContentTools == 0 || bits.flag() ? 2 : bits.bits(1)
      if bits.isBeyond { return nil }
    }

    /// Reads what comes before the size, where the header is not reduced.
    ///
    /// - Returns: the number of bits of a frame's presentation time; 0 where frames say none; nil for what is no header.
    private static func operatingPoints(_ bits: inout BitReader) -> Int? {
      var (delayBits, timeBits, isEqual) = (0, 0, false)
      var hasDecoderModel = false
      if bits.flag() {  // timing_info_present_flag
        bits.skip(64)
        isEqual = bits.flag()
        if isEqual { _ = bits.golomb() }
        hasDecoderModel = bits.flag()
        if hasDecoderModel {
          delayBits = bits.bits(5) + 1
          bits.skip(37)
          timeBits = bits.bits(5) + 1
        }
      }
      let hasDisplayDelay = bits.flag()
      for _ in 0...bits.bits(5) {
        bits.skip(12)
        if bits.bits(5) > 7 { bits.skip(1) }
        if hasDecoderModel, bits.flag() { bits.skip(2 * delayBits + 1) }
        if hasDisplayDelay, bits.flag() { bits.skip(4) }
      }
      return bits.isBeyond ? nil : isEqual ? 0 : timeBits
    }

    /// Whether a frame header says a size of its own.
    func isOverridden(_ header: ArraySlice<UInt8>) -> Bool {
      guard !isReduced else { return false }
      var bits = BitReader(header)
      if bits.flag() { return false }  // show_existing_frame
      let type = bits.bits(2)
      let isShown = bits.flag()
      if isShown, let presentationTimeBits { bits.skip(presentationTimeBits) }
      if !isShown { bits.skip(1) }  // showable_frame
      let isSwitch = type == 3
      if !isSwitch, !(type == 0 && isShown) { bits.skip(1) }  // error_resilient_mode
      bits.skip(1)  // disable_cdf_update
      let hasTools = screenContentTools == 2 ? bits.flag() : screenContentTools == 1
      if hasTools, integerMotion == 2 { bits.skip(1) }  // force_integer_mv
      bits.skip(frameIDBits)
      return isSwitch || bits.flag()
    }
  }
}
