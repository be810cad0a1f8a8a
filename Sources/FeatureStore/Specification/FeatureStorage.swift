import Core
import HDF5

/// How `/features` is stored: its type in the file and its compression.
public struct FeatureStorage: Codable, Sendable, Equatable {
  public var type: FeatureType
  public var compression: Compression
  /// A chunk holds whole images, up to about this many bytes of features before compression.
  package var chunkBytes = 1 << 20

  public init(type: FeatureType, compression: Compression) {
    self.type = type
    self.compression = compression
  }

  package var bytesPerValue: Int { type == .float32 ? 4 : 2 }

  func rowsPerChunk(_ shape: FeatureShape) -> Int {
    max(1, chunkBytes / (shape.count * bytesPerValue))
  }
}

/// How `/features` is stored.
public enum Compression: String, Codable, Sendable, CaseIterable {
  /// A Fletcher-32 checksum a chunk.
  case none
  /// Deflate level 1, and a Fletcher-32 checksum a chunk.
  case deflate
}

/// The type of `/features` in the file.
public enum FeatureType: String, Codable, Sendable, CaseIterable {
  case float32
  /// IEEE half precision: half the size, a relative error of up to 2⁻¹¹ a value.
  case float16
}

// MARK: - In HDF5's terms

extension FeatureStorage: CustomStringConvertible {
  /// As the cache's attribute `storage` holds it.
  public var description: String {
    "\(type.rawValue), \(compression == .none ? "uncompressed" : "deflate 1"), fletcher32"
  }

  var elementType: HDF5ElementType {
    switch type {
    case .float32: .float32
    case .float16: .float16
    }
  }

  var filters: [HDF5Filter] {
    switch compression {
    case .none: [.fletcher32]
    // Without shuffle: the features are mostly zeros, and the bytes of the others tell nothing about each other.
    case .deflate: [.deflate(level: 1), .fletcher32]
    }
  }
}
