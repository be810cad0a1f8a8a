import HDF5

/// How a weight file stores a number; little-endian in every format read here.
package enum ElementType: String, Sendable {
  case float64, float32, float16, bfloat16

  /// In bytes.
  package var size: Int {
    switch self {
    case .float64: 8
    case .float32: 4
    case .float16, .bfloat16: 2
    }
  }
}

/// A tensor in a weight file: a view, by strides, of bytes that are fetched when its elements are asked for.
///
/// A transposed or a flipped kernel is another view of the same bytes, so every format ends as one copy into Keras' order.
package struct StoredTensor: Sendable {
  package let name: String
  package let elementType: ElementType
  package private(set) var shape: [Int]
  /// The distance between neighbours along each axis, in elements.
  private var strides: [Int]
  /// Of the first element, in elements.
  private var offset: Int
  private let bytes: Bytes

  /// Calls its argument with the bytes that the view is of.
  typealias Bytes = @Sendable ((UnsafeRawBufferPointer) throws -> Void) throws -> Void

  /// - Parameter strides: in elements; those of a row-major tensor where nil.
  /// - Throws: ``Unreadable`` if the shape is absurd.
  init(
    name: String, elementType: ElementType, shape: [Int], strides: [Int]? = nil, offset: Int = 0,
    bytes: @escaping Bytes
  ) throws {
    guard shape.count <= 4, Self.isReasonable(shape) else {
      throw Unreadable("tensor \(name) has the shape \(shape.timesJoined), which no VGG16 layer has")
    }
    let strides = strides ?? Self.rowMajorStrides(of: shape)
    guard strides.count == shape.count, (strides + [offset]).allSatisfy({ 0...Self.mostElements ~= $0 }) else {
      throw Unreadable("tensor \(name) has the strides \(strides) and the offset \(offset): a damaged file")
    }
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.strides = strides
    self.offset = offset
    self.bytes = bytes
  }

  /// Far above VGG16's largest tensor (25,088×4,096), and low enough that four products of two such numbers add up without overflow.
  private static let mostElements = 1 << 30

  private static func isReasonable(_ shape: [Int]) -> Bool {
    var count = 1
    for length in shape {
      guard 0...mostElements ~= length else { return false }
      count *= max(1, length)
      guard count <= mostElements else { return false }
    }
    return true
  }

  private static func rowMajorStrides(of shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    return strides
  }
}

// MARK: - Other views

extension StoredTensor {
  /// The view whose axis `i` is this one's axis `axes[i]`, as `numpy.transpose` has it.
  ///
  /// - Precondition: `axes` is a permutation of the axes.
  func transposed(_ axes: [Int]) -> StoredTensor {
    precondition(axes.sorted() == Array(shape.indices))
    var view = self
    view.shape = axes.map { shape[$0] }
    view.strides = axes.map { strides[$0] }
    return view
  }

  /// The view that runs backwards along the first two axes: a kernel turned by 180°.
  func flippedSpatially() -> StoredTensor {
    var view = self
    for axis in 0..<min(2, shape.count) where shape[axis] > 0 {
      view.offset += (shape[axis] - 1) * strides[axis]
      view.strides[axis] = -strides[axis]
    }
    return view
  }

  /// The view without the axes of length 1.
  func squeezed() -> StoredTensor {
    var view = self
    let kept = shape.indices.filter { shape[$0] != 1 }
    view.shape = kept.isEmpty ? [1] : kept.map { shape[$0] }
    view.strides = kept.isEmpty ? [1] : kept.map { strides[$0] }
    return view
  }
}

// MARK: - Reading

extension StoredTensor {
  /// The elements in row-major order, as float32.
  ///
  /// - Throws: ``Unreadable`` if the file holds too few bytes for them, or if one is not a finite number.
  package func elements() throws -> [Float] {
    let count = shape.reduce(1, *)
    if count == 0 { return [] }
    var elements: [Float] = []
    try bytes { bytes in
      // In front of the allocation, which the file would otherwise choose the size of.
      try checkBounds(byteCount: bytes.count)
      elements = [Float](unsafeUninitializedCapacity: count) { output, initialized in
        gather(from: bytes, into: output.baseAddress!)
        initialized = count
      }
    }
    guard elements.areFinite else {
      throw Unreadable("tensor \(name) holds values that are not finite: a damaged file")
    }
    return elements
  }

  private func checkBounds(byteCount: Int) throws {
    let reaches = zip(shape, strides).map { ($0 - 1) * $1 }
    let lowest = offset + reaches.filter { $0 < 0 }.reduce(0, +)
    let highest = offset + reaches.filter { $0 > 0 }.reduce(0, +)
    guard lowest >= 0, highest < byteCount / elementType.size else {
      throw Unreadable(
        "tensor \(name) (\(elementType), \(shape.timesJoined)) needs more than its \(byteCount) bytes: truncated?")
    }
  }

  private func gather(from bytes: UnsafeRawBufferPointer, into output: UnsafeMutablePointer<Float>) {
    switch elementType {
    case .float32:
      gather(into: output) {
        Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    case .float64:
      gather(into: output) {
        Float(Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self))))
      }
    case .float16:
      gather(into: output) {
        Float(HalfPrecision(bits: UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self))))
      }
    case .bfloat16:
      gather(into: output) {
        let bits = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self))
        return Float(bitPattern: UInt32(bits) << 16)
      }
    }
  }

  /// Copies the view, with the last axis cut into runs of 16: the source lines that a run touches stay in the cache while
  /// the other axes pass over them, which is what makes the transposition of 512×512×3×3 cheap.
  @inline(__always)
  private func gather(into output: UnsafeMutablePointer<Float>, element: (Int) -> Float) {
    let missing = 4 - shape.count
    let n = [Int](repeating: 1, count: missing) + shape
    let step = [Int](repeating: 0, count: missing) + strides
    for run in stride(from: 0, to: n[3], by: 16) {
      let end = min(run + 16, n[3])
      for k in 0..<n[2] {
        for i in 0..<n[0] {
          for j in 0..<n[1] {
            let source = offset + i * step[0] + j * step[1] + k * step[2]
            let row = output + ((i * n[1] + j) * n[2] + k) * n[3]
            for l in run..<end { row[l] = element(source + l * step[3]) }
          }
        }
      }
    }
  }
}

// MARK: - Numbers

extension [Float] {
  /// Whether none is infinite or not a number; by bit patterns, whose maximum is a vector operation.
  fileprivate var areFinite: Bool {
    var highest: UInt32 = 0
    for value in self { highest = Swift.max(highest, value.bitPattern & 0x7fff_ffff) }
    return highest < 0x7f80_0000
  }
}

extension [Int] {
  /// "3×3×64×128", as error messages write shapes.
  var timesJoined: String { isEmpty ? "scalar" : map(String.init).joined(separator: "×") }
}
