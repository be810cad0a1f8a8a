import Foundation

/// Zeroed memory for floats that frees itself.
///
/// It begins on a huge page and asks for huge pages: the kernels walk over megabytes in strides of a few kilobytes, where
/// the processor's list of small pages would run out.
package final class AlignedMemory: @unchecked Sendable {
  package let floats: UnsafeMutablePointer<Float>
  package let count: Int

  private static let hugePage = 2 << 20
  private static let cacheLine = 64

  package init(count: Int) {
    let byteCount = max(count, 1) * MemoryLayout<Float>.stride
    let isLarge = byteCount >= Self.hugePage
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: byteCount, alignment: isLarge ? Self.hugePage : Self.cacheLine)
    #if os(Linux)
      if isLarge { madvise(raw, byteCount, MADV_HUGEPAGE) }
    #endif
    floats = raw.initializeMemory(as: Float.self, repeating: 0, count: max(count, 1))
    self.count = count
  }

  deinit {
    UnsafeMutableRawPointer(floats).deallocate()
  }
}
