import KernelInterface

/// A few neighbouring vectors of a matrix row, held in registers while a kernel sums into them.
protocol DensePanel {
  /// In vectors.
  static var width: Int { get }
  /// Zeros.
  init()
  init(from row: UnsafePointer<Vector>)
  func store(to row: UnsafeMutablePointer<Vector>)
  /// `self += factor * row`.
  mutating func add(_ factor: Float, times row: UnsafePointer<Vector>)
}

struct Panel1: DensePanel {
  static var width: Int { 1 }
  var v0 = Vector.zero

  @inline(__always) init() {}

  @inline(__always) init(from row: UnsafePointer<Vector>) {
    v0 = row[0]
  }

  @inline(__always) func store(to row: UnsafeMutablePointer<Vector>) {
    row[0] = v0
  }

  @inline(__always) mutating func add(_ factor: Float, times row: UnsafePointer<Vector>) {
    v0 = multiplyAdd(Vector(repeating: factor), row[0], v0)
  }
}

struct Panel2: DensePanel {
  static var width: Int { 2 }
  var v0 = Vector.zero
  var v1 = Vector.zero

  @inline(__always) init() {}

  @inline(__always) init(from row: UnsafePointer<Vector>) {
    v0 = row[0]
    v1 = row[1]
  }

  @inline(__always) func store(to row: UnsafeMutablePointer<Vector>) {
    row[0] = v0
    row[1] = v1
  }

  @inline(__always) mutating func add(_ factor: Float, times row: UnsafePointer<Vector>) {
    let factor = Vector(repeating: factor)
    v0 = multiplyAdd(factor, row[0], v0)
    v1 = multiplyAdd(factor, row[1], v1)
  }
}

struct Panel4: DensePanel {
  static var width: Int { 4 }
  var low = Panel2()
  var high = Panel2()

  @inline(__always) init() {}

  @inline(__always) init(from row: UnsafePointer<Vector>) {
    low = Panel2(from: row)
    high = Panel2(from: row + 2)
  }

  @inline(__always) func store(to row: UnsafeMutablePointer<Vector>) {
    low.store(to: row)
    high.store(to: row + 2)
  }

  @inline(__always) mutating func add(_ factor: Float, times row: UnsafePointer<Vector>) {
    low.add(factor, times: row)
    high.add(factor, times: row + 2)
  }
}

struct Panel8: DensePanel {
  static var width: Int { 8 }
  var low = Panel4()
  var high = Panel4()

  @inline(__always) init() {}

  @inline(__always) init(from row: UnsafePointer<Vector>) {
    low = Panel4(from: row)
    high = Panel4(from: row + 4)
  }

  @inline(__always) func store(to row: UnsafeMutablePointer<Vector>) {
    low.store(to: row)
    high.store(to: row + 4)
  }

  @inline(__always) mutating func add(_ factor: Float, times row: UnsafePointer<Vector>) {
    low.add(factor, times: row)
    high.add(factor, times: row + 4)
  }
}

// What the registers hold: 32 of 16 lanes with AVX-512, 16 of 8 lanes with AVX2, 32 (arm64) or 16 of 4 lanes elsewhere.
#if AVX512
  /// The accumulators of a kernel that sums one row at a time.
  typealias RowPanel = Panel8
  /// The accumulators of each of the four rows of ``denseProduct``'s tile.
  typealias TilePanel = Panel2
#else
  typealias RowPanel = Panel4
  typealias TilePanel = Panel1
#endif
