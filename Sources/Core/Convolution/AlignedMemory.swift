import Foundation

/// Zeroed memory for floats that frees itself.
///
/// Large ones begin on a huge page and ask for huge pages: the kernels walk over megabytes in strides of a few kilobytes,
/// where the processor's list of small pages would run out. The system hands out zeroed pages, so nothing is touched
/// before it is used.
package final class AlignedMemory: @unchecked Sendable {
  package let floats: UnsafeMutablePointer<Float>
  package let count: Int
  /// What the system gave: an address range with room for the alignment.
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int

  private static let hugePage = 2 << 20

  package init(count: Int) {
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let isLarge = bytes >= Self.hugePage
    mappedBytes = isLarge ? bytes + Self.hugePage : bytes
    #if os(Linux)
      let flags = MAP_PRIVATE | MAP_ANONYMOUS
    #else
      let flags = MAP_PRIVATE | MAP_ANON
    #endif
    guard let mapping = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, flags, -1, 0), mapping != MAP_FAILED else {
      fatalError("out of memory: \(bytes) bytes for activations or weights")
    }
    self.mapping = mapping
    let start = isLarge ? mapping.alignedUp(toMultipleOf: Self.hugePage) : mapping
    #if os(Linux)
      if isLarge { madvise(start, bytes, MADV_HUGEPAGE) }
    #endif
    floats = start.bindMemory(to: Float.self, capacity: max(count, 1))
    self.count = count
  }

  deinit {
    munmap(mapping, mappedBytes)
  }
}
