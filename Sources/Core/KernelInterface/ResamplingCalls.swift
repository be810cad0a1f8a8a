// The two passes of a separable resize of 8-bit images in fixed point.

/// The fractional bits of a weight. With 8 bits for the value, that leaves two in an Int32 for the sign and for sums
/// beyond 255: negative lobes of a filter overshoot. Pillow's PRECISION_BITS.
@inlinable public var resampleFractionBits: Int { @inline(__always) get { 22 } }

/// Which source values make up each output along one axis: output i is the sum of `weights[offsets[i] ..< offsets[i + 1]]`,
/// in fixed point of ``resampleFractionBits``, with the values from `starts[i]` on.
public struct ResamplingTaps {
  public let starts: UnsafePointer<Int32>
  public let offsets: UnsafePointer<Int32>
  public let weights: UnsafePointer<Int32>

  @inlinable
  public init(starts: UnsafePointer<Int32>, offsets: UnsafePointer<Int32>, weights: UnsafePointer<Int32>) {
    self.starts = starts
    self.offsets = offsets
    self.weights = weights
  }
}

/// The pass along the rows.
public struct HorizontalResamplingCall {
  /// rows × sourceWidth × channels.
  public let source: UnsafePointer<UInt8>
  public let rows: Int
  public let sourceWidth: Int
  /// 1 or 3.
  public let channels: Int
  /// rows × width × channels.
  public let output: UnsafeMutablePointer<UInt8>
  public let width: Int
  public let taps: ResamplingTaps

  @inlinable
  public init(
    source: UnsafePointer<UInt8>, rows: Int, sourceWidth: Int, channels: Int, output: UnsafeMutablePointer<UInt8>,
    width: Int, taps: ResamplingTaps
  ) {
    self.source = source
    self.rows = rows
    self.sourceWidth = sourceWidth
    self.channels = channels
    self.output = output
    self.width = width
    self.taps = taps
  }
}

/// The pass along the columns.
public struct VerticalResamplingCall {
  /// Rows of `rowBytes` values, whatever their channel.
  public let source: UnsafePointer<UInt8>
  public let rowBytes: Int
  /// height × rowBytes.
  public let output: UnsafeMutablePointer<UInt8>
  public let height: Int
  public let taps: ResamplingTaps

  @inlinable
  public init(
    source: UnsafePointer<UInt8>, rowBytes: Int, output: UnsafeMutablePointer<UInt8>, height: Int, taps: ResamplingTaps
  ) {
    self.source = source
    self.rowBytes = rowBytes
    self.output = output
    self.height = height
    self.taps = taps
  }
}
