import HDF5
import Testing

@Suite struct HalfPrecisionTests {
  @Test func everyHalfComesBack() {
    for bits in UInt16.min...UInt16.max {
      let value = Float(HalfPrecision(bits: bits))
      let back = HalfPrecision(value).bits
      #expect(back == bits || value.isNaN && back & 0x7e00 == 0x7e00)
    }
    #expect(Float(HalfPrecision(bits: 0x3c01)) == 1.0009765625)
    #expect(Float(HalfPrecision(bits: 0x8001)) == -0x1p-24)
  }

  #if !(os(macOS) && arch(x86_64))  // which has no Float16
    @Test func roundsAsSwift() {
      for bits in UInt16.min...UInt16.max {
        let (ours, swifts) = (Float(HalfPrecision(bits: bits)), Float(Float16(bitPattern: bits)))
        #expect(ours.bitPattern == swifts.bitPattern || (ours.isNaN && swifts.isNaN))
      }
      // Every exponent, numbers half-way between two halves and right beside them.
      for high in stride(from: UInt32(0), through: 0xffff_ffff - 0xfff, by: 0x1000) {
        for low in [0, 1, 0xfff] as [UInt32] where high % 0x7000 == 0 || low == 0 {
          let value = Float(bitPattern: high + low)
          let (ours, swifts) = (HalfPrecision(value).bits, Float16(value))
          guard ours != swifts.bitPattern, !(value.isNaN && swifts.isNaN) else { continue }
          Issue.record("\(value): \(ours), not \(swifts.bitPattern)")
        }
      }
    }
  #endif
}
