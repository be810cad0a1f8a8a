import KernelInterface

/// Random words for a dropout mask, 32 at a time: eight Philox4x32-10 blocks side by side (see `Philox` in
/// Random.swift).
///
/// Word `i` of group `g` is word `i / 8` of the block with the counter (8 g + i % 8, `row`, `stream`) and the key
/// `seed`.
@inline(never)
func dropoutDraws(_ call: DropoutDrawsCall) {
  for group in 0..<call.groups {
    let firstBlock = UInt32(truncatingIfNeeded: 8 * (call.firstGroup + group))
    let block = PhiloxBlocks(firstBlock: firstBlock, row: call.row, seed: call.seed, stream: call.stream)
    let out = UnsafeMutableRawPointer(call.words + 32 * group)
    out.storeBytes(of: SIMD8<UInt32>(truncatingIfNeeded: block.c0), as: SIMD8<UInt32>.self)
    out.storeBytes(of: SIMD8<UInt32>(truncatingIfNeeded: block.c1), toByteOffset: 32, as: SIMD8<UInt32>.self)
    out.storeBytes(of: SIMD8<UInt32>(truncatingIfNeeded: block.c2), toByteOffset: 64, as: SIMD8<UInt32>.self)
    out.storeBytes(of: SIMD8<UInt32>(truncatingIfNeeded: block.c3), toByteOffset: 96, as: SIMD8<UInt32>.self)
  }
}

/// Eight blocks after their ten rounds. The low half of each lane is a word, as the wide multiplication wants it; the
/// high half is of no account.
private struct PhiloxBlocks {
  typealias Lanes = SIMD8<UInt64>

  var c0: Lanes
  var c1: Lanes
  var c2: Lanes
  var c3: Lanes

  @inline(__always)
  init(firstBlock: UInt32, row: UInt32, seed: UInt64, stream: UInt64) {
    let lowHalf = Lanes(repeating: 0xFFFF_FFFF)
    c0 = Lanes(repeating: UInt64(firstBlock)) &+ Lanes(0, 1, 2, 3, 4, 5, 6, 7)
    c1 = Lanes(repeating: UInt64(row))
    c2 = Lanes(repeating: stream)
    c3 = Lanes(repeating: stream >> 32)
    var key0 = UInt32(truncatingIfNeeded: seed)
    var key1 = UInt32(truncatingIfNeeded: seed >> 32)
    for _ in 0..<10 {
      let product0 = (c0 & lowHalf) &* Lanes(repeating: 0xD251_1F53)
      let product1 = (c2 & lowHalf) &* Lanes(repeating: 0xCD9E_8D57)
      c0 = (product1 &>> 32) ^ c1 ^ Lanes(repeating: UInt64(key0))
      c1 = product1
      c2 = (product0 &>> 32) ^ c3 ^ Lanes(repeating: UInt64(key1))
      c3 = product0
      key0 &+= 0x9E37_79B9
      key1 &+= 0xBB67_AE85
    }
  }
}
