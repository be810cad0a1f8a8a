/// Zeroed memory for plain values that frees itself: what kernels work on. It begins at a multiple of 64 bytes, the longest
/// vector, or of a page where it is as large as one.
///
/// From 2 MiB on it begins on a huge page and asks for huge pages: the kernels walk over megabytes in strides of a few
/// kilobytes, where the processor's list of small pages would run out. The system hands such memory out zeroed, so nothing
/// is touched before it is used.
package final class AlignedMemory<Element: BitwiseCopyable>: @unchecked Sendable {
  package let start: UnsafeMutablePointer<Element>
  package let count: Int
  /// What the system gave where it was asked for pages: an address range with room for the alignment.
  private let mapping: UnsafeMutableRawBufferPointer?

  /// - Parameter count: of elements. Where there is no memory for them, the program ends.
  package init(count: Int) {
    let byteCount = max(count, 1) * MemoryLayout<Element>.stride
    let memory: UnsafeMutableRawPointer
    if byteCount >= hugePageSize {
      let mappedBytes = byteCount + hugePageSize
      guard let pages = Pages.map(byteCount: mappedBytes) else {
        fatalError("out of memory: \(byteCount) bytes for activations or weights")
      }
      mapping = UnsafeMutableRawBufferPointer(start: pages, count: mappedBytes)
      memory = pages.alignedUp(toMultipleOf: hugePageSize)
      Pages.preferHugePages(at: memory, byteCount: byteCount)
    } else {
      mapping = nil
      memory = .allocate(byteCount: byteCount, alignment: byteCount >= pageSize ? pageSize : 64)
      memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }
    start = memory.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
  }

  deinit {
    if let mapping {
      Pages.unmap(mapping.baseAddress!, byteCount: mapping.count)
    } else {
      UnsafeMutableRawPointer(start).deallocate()
    }
  }
}

private let pageSize = 4096
private let hugePageSize = 2 << 20
