/// HDF5's shuffle filter (H5Zshuffle.c): of n elements, byte b of element k goes to place b·n + k, so that all first
/// bytes come first, then all second ones. Bytes at the end that make no whole element stay where they are.
package enum Shuffle {
  /// Shuffles `source` into `destination`, which has its size.
  package static func shuffle(
    _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer, elementSize: Int
  ) {
    let count = source.count / elementSize
    guard let input = source.baseAddress, let output = destination.baseAddress else { return }
    switch elementSize {
    case 2: split(input, output, count, UInt16.self)
    case 4: split(input, output, count, UInt32.self)
    case 8: split(input, output, count, UInt64.self)
    default:
      for byte in 0..<elementSize {
        for element in 0..<count { destination[byte * count + element] = source[element * elementSize + byte] }
      }
    }
    for rest in (count * elementSize)..<source.count { destination[rest] = source[rest] }
  }

  /// Undoes `shuffle`.
  package static func unshuffle(
    _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer, elementSize: Int
  ) {
    let count = source.count / elementSize
    guard let input = source.baseAddress, let output = destination.baseAddress else { return }
    switch elementSize {
    case 2: join(input, output, count, UInt16.self)
    case 4: join(input, output, count, UInt32.self)
    case 8: join(input, output, count, UInt64.self)
    default:
      for byte in 0..<elementSize {
        for element in 0..<count { destination[element * elementSize + byte] = source[byte * count + element] }
      }
    }
    for rest in (count * elementSize)..<source.count { destination[rest] = source[rest] }
  }

  // Elements of 2, 4 and 8 bytes are taken as integers, little-endian as on all machines that Swift runs on. These
  // loops become vector code, at about 10 GB/s.

  @inline(__always)
  private static func split<Word: FixedWidthInteger & BitwiseCopyable>(
    _ input: UnsafeRawPointer, _ output: UnsafeMutableRawPointer, _ count: Int, _: Word.Type
  ) {
    for byte in 0..<MemoryLayout<Word>.size {
      let plane = output + byte * count
      let shift = Word(truncatingIfNeeded: 8 * byte)
      for element in 0..<count {
        let word = input.loadUnaligned(fromByteOffset: element * MemoryLayout<Word>.size, as: Word.self)
        plane.storeBytes(of: UInt8(truncatingIfNeeded: word &>> shift), toByteOffset: element, as: UInt8.self)
      }
    }
  }

  @inline(__always)
  private static func join<Word: FixedWidthInteger & BitwiseCopyable>(
    _ input: UnsafeRawPointer, _ output: UnsafeMutableRawPointer, _ count: Int, _: Word.Type
  ) {
    for element in 0..<count {
      var word: Word = 0
      for byte in 0..<MemoryLayout<Word>.size {
        let part = input.load(fromByteOffset: byte * count + element, as: UInt8.self)
        word |= Word(truncatingIfNeeded: part) &<< Word(truncatingIfNeeded: 8 * byte)
      }
      output.storeBytes(of: word, toByteOffset: element * MemoryLayout<Word>.size, as: Word.self)
    }
  }
}
