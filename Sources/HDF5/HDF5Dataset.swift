import CHDF5
import Storage

/// An array in a file. Its shape, type and layout are read when it is opened.
public struct HDF5Dataset: HDF5Object {
  public let handle: HDF5Handle
  /// The extent of each dimension; empty for a single value.
  public let shape: [Int]
  /// How far each dimension may grow; nil is without limit.
  public let maximumShape: [Int?]
  public let elementType: HDF5ElementType
  /// The shape of a chunk; nil if the data set is not stored in chunks.
  public let chunkShape: [Int]?
  /// What chunks went through, in the order of writing.
  public let filters: [HDF5Filter]
  /// The size of an element in the file, in bytes.
  public let elementSize: Int

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }
  /// The number of rows: the extent of the first dimension; 1 for a single value.
  public var rowCount: Int { shape.first ?? 1 }
  /// The number of elements of a row.
  public var rowSize: Int { shape.dropFirst().reduce(1, *) }

  /// Reads what a data set is. A shape that no memory could hold is an error, so `count` can't overflow.
  init(handle: HDF5Handle) throws {
    let place = handle.place
    let creation = try place.open("can't read the layout") { H5Dget_create_plist(handle.id) }
    // Before the shape, which of a virtual data set may be in other files.
    try place.requireOwnStorage(creation)
    let space = try place.open("can't read the shape") { H5Dget_space(handle.id) }
    let type = try place.open("can't read the element type") { H5Dget_type(handle.id) }
    self.handle = handle
    (shape, maximumShape) = try Dataspace.shape(of: space, place)
    elementType = HDF5ElementType(of: type)
    elementSize = Library.locked { H5Tget_size(type.id) }
    _ = try place.count(of: shape.map { max($0, 1) }, size: elementSize)
    chunkShape = try Self.chunkShape(creation, rank: shape.count, place)
    filters = try HDF5Filter.all(of: creation, place)
  }

  private static func chunkShape(_ creation: HDF5Handle, rank: Int, _ place: Place) throws -> [Int]? {
    guard Library.locked({ H5Pget_layout(creation.id) }) == H5D_CHUNKED else { return nil }
    var extents = [hsize_t](repeating: 0, count: rank)
    let chunkRank = try place.call("can't read the chunk shape") {
      H5Pget_chunk(creation.id, Int32(rank), &extents)
    }
    guard Int(chunkRank) == rank else {
      throw place.error("chunks of \(chunkRank) dimensions in a data set of \(rank)")
    }
    return extents.map { Int(clamping: $0) }
  }

  // MARK: Dimension labels

  /// Names the dimensions, such as N, H, W, C.
  public func setDimensionLabels(_ labels: [String]) throws {
    guard labels.count == shape.count else {
      throw place.error("\(labels.count) dimension labels for \(shape.count) dimensions")
    }
    for (dimension, label) in labels.enumerated() {
      try place.call("can't label dimension \(dimension)") { H5DSset_label(id, UInt32(dimension), label) }
    }
    let path = path
    handle.writing?.expect("\(path) dimension labels") { file in
      guard try file.dataset(path).dimensionLabels == labels else {
        throw StorageError(file.filePath, .compare, nil)
      }
    }
  }

  /// The dimensions' names; empty where there is none.
  public var dimensionLabels: [String] {
    get throws {
      let space = try place.open("can't read the shape") { H5Dget_space(id) }
      let rank = try place.call("can't read the shape") { H5Sget_simple_extent_ndims(space.id) }
      return try (0..<Int(rank)).map { dimension in
        var label = [CChar](repeating: 0, count: 256)
        _ = try place.call("can't read the label of dimension \(dimension)") {
          H5DSget_label(id, UInt32(dimension), &label, label.count)
        }
        return String(decoding: label.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
    }
  }
}

extension HDF5Container {
  /// Creates a data set, with the groups above it.
  ///
  /// - Parameters:
  ///   - path: where; nothing may be there yet.
  ///   - type: the type of the elements.
  ///   - shape: the extent of each dimension; `[]` makes a single value.
  ///   - maximumShape: how far each dimension may grow, nil being without limit. `shape` if left out, but the
  ///     first dimension of a data set of one chunk may always grow. Only a dimension that may grow can have chunks
  ///     that reach beyond it, as the only chunk of a short part does.
  ///   - chunk: the shape of the chunks that are stored, and filtered, as one. Without it the data is one block.
  ///   - filters: what chunks go through on their way to the file. HDF5 has no checksum for variable-length
  ///     strings: they are kept apart from the chunks, unfiltered.
  public func createDataset(
    _ path: String, _ type: HDF5ElementType, shape: [Int], maximumShape: [Int?]? = nil, chunk: [Int]? = nil,
    filters: [HDF5Filter] = .none
  ) throws -> HDF5Dataset {
    let place = place(of: path)
    _ = try place.count(of: shape)
    let fileType = try type.makeType(place)
    let space = try Dataspace.make(
      shape, maximumShape: maximumShape ?? Self.maximumShape(shape, chunk: chunk), place)
    let creation = try place.open("can't be created") { H5Pcreate(chdf5_dataset_create()) }
    try place.call("can't be created") { H5Pset_obj_track_times(creation.id, false) }
    if let chunk {
      guard chunk.count == shape.count, chunk.allSatisfy({ $0 > 0 }) else {
        throw place.error("chunk shape \(chunk) does not fit shape \(shape)")
      }
      let extents = chunk.map { hsize_t($0) }
      try place.call("can't have chunks of \(chunk)") { H5Pset_chunk(creation.id, Int32(chunk.count), extents) }
    } else if !filters.isEmpty {
      throw place.error("filters need a chunk shape")
    }
    if type == .string, filters.contains(.fletcher32) {
      throw place.error(
        "HDF5 has no checksum for variable-length strings: leave out fletcher32, or make them fixed strings")
    }
    for filter in filters { try filter.add(to: creation, place) }

    try createParents(of: path)
    let link = try linkProperties(place)
    return try HDF5Dataset(
      handle: place.open(in: fileHandle, "can't be created with shape \(shape)") {
        H5Dcreate2(id, path, fileType.id, space.id, link.id, creation.id, chdf5_default())
      })
  }

  /// A data set of exactly one chunk has an index of its own kind. There, until the file is opened again, HDF5 1.10
  /// reads what `writeChunk` wrote as if it had gone through no filter (fixed in 1.10.9 by HDFGroup/hdf5 #1275). One
  /// that may grow has an ordinary index.
  private static func maximumShape(_ shape: [Int], chunk: [Int]?) -> [Int?] {
    var maximum = shape.map(Optional.some)
    if chunk == shape, !shape.isEmpty { maximum[0] = nil }
    return maximum
  }

  /// Opens a data set.
  public func dataset(_ path: String) throws -> HDF5Dataset {
    try HDF5Dataset(
      handle: place(of: path).open(in: fileHandle, "can't open this data set") {
        H5Dopen2(id, path, chdf5_default())
      })
  }
}

/// Shapes as HDF5 knows them.
enum Dataspace {
  static func make(_ shape: [Int], maximumShape: [Int?]? = nil, _ place: Place) throws -> HDF5Handle {
    if let maximumShape, maximumShape.count != shape.count {
      throw place.error("maximum shape of \(maximumShape.count) dimensions for shape \(shape)")
    }
    let extents = shape.map { hsize_t($0) }
    let limits = try (maximumShape ?? shape).map { limit in
      guard let limit else { return chdf5_unlimited() }
      guard limit >= 0 else { throw place.error("negative maximum shape") }
      return hsize_t(limit)
    }
    return try place.open("can't have shape \(shape)") {
      shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), extents, limits)
    }
  }

  /// The shape and the maximum shape; an empty data space (h5py's `Empty`) counts as no element in one dimension.
  static func shape(of space: HDF5Handle, _ place: Place) throws -> ([Int], maximum: [Int?]) {
    if Library.locked({ H5Sget_simple_extent_type(space.id) }) == H5S_NULL { return ([0], [0]) }
    let rank = Int(try place.call("can't read the shape") { H5Sget_simple_extent_ndims(space.id) })
    var extents = [hsize_t](repeating: 0, count: rank)
    var limits = extents
    try place.call("can't read the shape") { H5Sget_simple_extent_dims(space.id, &extents, &limits) }
    // HDF5 1.10 reads beyond its memory where the shape is larger than the maximum shape.
    let shape = try zip(extents, limits).map { extent, limit in
      guard extent <= limit, let extent = Int(exactly: extent) else {
        throw place.error("impossible shape \(extents), maximum \(limits)")
      }
      return extent
    }
    return (shape, limits.map { $0 == chdf5_unlimited() ? nil : Int(clamping: $0) })
  }
}
