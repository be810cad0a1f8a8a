/// An IEEE 754 half-precision number (binary16), as files hold it.
///
/// Swift's own `Float16` does not exist on macOS on x86-64, so nothing in this package uses it.
public struct HalfPrecision: BitwiseCopyable, Hashable, Sendable {
  public var bits: UInt16

  public init(bits: UInt16) { self.bits = bits }

  /// The nearest to a number; of two, the even one. Beyond ±65,519 infinite.
  public init(_ value: Float) {
    let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
    let magnitude = value.magnitude.bitPattern
    let rounded: UInt32
    switch magnitude {
    case 0..<0x3880_0000:  // below 2⁻¹⁴: in units of 2⁻²⁴, which is that of 0.5 in single precision
      rounded = (Float(bitPattern: magnitude) + 0.5).bitPattern - 0x3f00_0000
    case 0x3880_0000..<0x4780_0000:
      rounded = (magnitude + 0x0fff + (magnitude >> 13 & 1)) >> 13 - (127 - 15) << 10
    case 0x4780_0000...0x7f80_0000: rounded = 0x7c00
    default: rounded = 0x7e00 | magnitude >> 13 & 0x03ff
    }
    bits = sign | UInt16(truncatingIfNeeded: rounded)
  }
}

extension Float {
  /// Exactly.
  public init(_ half: HalfPrecision) {
    let sign = UInt32(half.bits & 0x8000) << 16
    let magnitude = UInt32(half.bits & 0x7fff)
    switch magnitude {
    case 0..<0x0400:  // zero and subnormals: units of 2⁻²⁴
      self = Float(magnitude) * 0x1p-24
      if sign != 0 { self = -self }
    case 0x7c00...:  // infinities and not-a-numbers
      self = Float(bitPattern: sign | 0x7f80_0000 | (magnitude & 0x03ff) << 13)
    default:
      self = Float(bitPattern: sign | (magnitude + (127 - 15) << 10) << 13)
    }
  }
}
