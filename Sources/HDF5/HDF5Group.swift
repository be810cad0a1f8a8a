import CHDF5

/// A group inside a file.
public struct HDF5Group: HDF5Container {
  public let handle: HDF5Handle
}

/// A file or a group: something that holds groups and data sets. Paths may be nested, `layers/dense/vars/0`.
public protocol HDF5Container: HDF5Object {}

/// What a name in a group stands for.
public enum HDF5Kind: Sendable {
  case group, dataset
  /// A named type, or a link to something that is not there.
  case other
}

extension HDF5Container {
  // MARK: Groups

  /// Creates a group and the groups above it, as far as they are not there. The group itself must be new.
  @discardableResult
  public func createGroup(_ path: String) throws -> HDF5Group {
    let place = place(of: path)
    try createParents(of: path)
    let creation = try place.open("can't create this group") { H5Pcreate(chdf5_group_create()) }
    try place.call("can't create this group") { H5Pset_obj_track_times(creation.id, false) }
    try place.keepInHeader(creation)
    let link = try linkProperties(place)
    return HDF5Group(
      handle: try place.open(in: fileHandle, "can't create this group") {
        H5Gcreate2(id, path, link.id, creation.id, chdf5_default())
      })
  }

  /// Opens a group.
  public func group(_ path: String) throws -> HDF5Group {
    let place = place(of: path)
    return HDF5Group(
      handle: try place.open(in: fileHandle, "can't open this group") { H5Gopen2(id, path, chdf5_default()) })
  }

  // MARK: Members

  /// Whether there is an object at `path`. A link to nothing is no object.
  public func exists(_ path: String) throws -> Bool {
    let place = place(of: path)
    var prefix = path.hasPrefix("/") ? "/" : ""
    // HDF5 asks for one link at a time: a missing group in the middle of a path is an error to it.
    for component in path.split(separator: "/") {
      prefix += component
      guard try place.call("can't be looked up", { H5Lexists(id, prefix, chdf5_default()) }) > 0 else { return false }
      // A dangling soft link makes HDF5 1.10 fail rather than say no.
      guard Library.locked({ H5Oexists_by_name(id, prefix, chdf5_default()) }) > 0 else { return false }
      prefix += "/"
    }
    return true
  }

  /// What is at `path`; nil if nothing is.
  public func kind(of path: String) throws -> HDF5Kind? {
    guard try exists(path) else { return nil }
    let place = place(of: path)
    let object = try place.open(in: fileHandle, "can't be opened") { H5Oopen(id, path, chdf5_default()) }
    return Library.locked {
      switch H5Iget_type(object.id) {
      case H5I_GROUP: .group
      case H5I_DATASET: .dataset
      default: .other
      }
    }
  }

  /// The file itself, a group or a data set.
  func object(_ path: String) throws -> any HDF5Object {
    switch try kind(of: path) {
    case .group: try group(path)
    case .dataset: try dataset(path)
    case .other, nil: throw place(of: path).error("neither a group nor a data set")
    }
  }

  /// The names in this group, sorted.
  public var memberNames: [String] {
    get throws {
      var names: [String] = []
      try withUnsafeMutablePointer(to: &names) { names in
        _ = try place.call("can't list the members") {
          chdf5_iterate_links(
            id,
            { _, name, _, context in
              if let name, let context {
                context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
              }
              return 0
            }, names)
        }
      }
      return names
    }
  }

  /// The names in this group, sorted, and what they stand for.
  public var members: [(name: String, kind: HDF5Kind)] {
    get throws { try memberNames.map { ($0, try kind(of: $0) ?? .other) } }
  }

  // MARK: Parts

  /// Where `path`, which may be relative to this group or absolute, is in the file.
  func place(of path: String) -> Place {
    if path.hasPrefix("/") { return Place(file: filePath, object: path) }
    return Place(file: filePath, object: (self.path == "/" ? "/" : self.path + "/") + path)
  }

  /// Creates the groups above `path`. HDF5 could do it by itself, but then it puts time stamps on them.
  func createParents(of path: String) throws {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
    let parent = String(path[..<slash])
    if try !exists(parent) { try createGroup(parent) }
  }

  func linkProperties(_ place: Place) throws -> HDF5Handle {
    let link = try place.open("can't be created") { H5Pcreate(chdf5_link_create()) }
    try place.call("can't be created") { H5Pset_char_encoding(link.id, H5T_CSET_UTF8) }
    return link
  }
}

extension Place {
  /// Has the group that is made with these properties keep its links and attributes in its header, which has a checksum, as
  /// long as each is smaller than 64 KiB. From the ninth on HDF5 would else keep them in a heap, and 1.10 crashes on a
  /// damaged one.
  func keepInHeader(_ creation: HDF5Handle) throws {
    try call("can't be created") { H5Pset_link_phase_change(creation.id, 65_535, 0) }
    try call("can't be created") { H5Pset_attr_phase_change(creation.id, 65_535, 0) }
  }
}
