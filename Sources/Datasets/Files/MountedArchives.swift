import Storage
import Synchronization

/// Archives that are open: what lies in `photos.zip` is at `photos.zip/train/…`, for ``readFile(_:upTo:)``,
/// ``folderEntries(_:)`` and ``fileType(_:)``, as long as somebody holds the index.
enum MountedArchives {
  private struct Mount: Sendable {
    let path: String
    let identity: FileIdentity?
    weak var index: ArchiveIndex?
  }

  private static let mounts = Mutex<[Mount]>([])

  /// The archive that a path leads into, and the path in it; nil where it leads into none.
  static func place(of path: String) -> (index: ArchiveIndex, path: String)? {
    mounts.withLock { mounts in
      for mount in mounts where path.hasPrefix(mount.path) {
        guard let index = mount.index else { continue }
        let rest = path.utf8.dropFirst(mount.path.utf8.count)
        if rest.isEmpty { return (index, "") }
        guard rest.first == UInt8(ascii: "/") else { continue }
        return (index, path.dropFirst(mount.path.count).split(separator: "/").joined(separator: "/"))
      }
      return nil
    }
  }

  /// That of a file that is what it was.
  static func index(at path: String) -> ArchiveIndex? {
    guard let identity = FileIdentity(path) else { return nil }
    return mounts.withLock { $0.first { $0.path == path && $0.identity == identity }?.index }
  }

  static func mount(_ index: ArchiveIndex, at path: String) -> ArchiveIndex {
    mounts.withLock {
      $0.removeAll { $0.index == nil || $0.path == path }
      $0.append(Mount(path: path, identity: index.identity, index: index))
    }
    return index
  }

  static func forget(_ path: String) { mounts.withLock { $0.removeAll { $0.path == path } } }
}
