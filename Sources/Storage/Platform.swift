// The system calls, by the names that all C libraries have, and what is different on Linux and on macOS: nothing else in
// the package but Core, whose own Platform.swift has its threads, pages and the processor's flags, asks which it is.

#if canImport(Darwin)
  @_exported import Darwin
#elseif canImport(Glibc)
  @_exported import Glibc
#elseif canImport(Musl)
  @_exported import Musl
#endif

/// Makes what was written survive a power cut.
func syncToDisk(_ descriptor: Int32) -> Bool {
  #if canImport(Darwin)
    // fsync leaves it in the disk's own cache. Not every file system knows the call.
    if fcntl(descriptor, F_FULLFSYNC) == 0 { return true }
  #endif
  return fsync(descriptor) == 0
}

// By other names, for types here have methods that are called as the system's functions are.

func renameFile(_ path: String, _ newPath: String) -> Int32 { rename(path, newPath) }
func linkFile(_ path: String, _ newPath: String) -> Int32 { link(path, newPath) }

// MARK: - Files

/// When a file's content, and when anything of it, was changed last.
package func changeTimes(of status: stat) -> (modified: timespec, changed: timespec) {
  #if canImport(Darwin)
    (status.st_mtimespec, status.st_ctimespec)
  #else
    (status.st_mtim, status.st_ctim)
  #endif
}

// MARK: - Memory

/// The most address space that this process may have (`ulimit -v`), in bytes; nil where there is no limit.
func addressSpaceLimit() -> Int? {
  var limit = rlimit()
  #if canImport(Darwin)
    let resource = RLIMIT_AS
  #else
    let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
  #endif
  guard getrlimit(resource, &limit) == 0, limit.rlim_cur < rlim_t(Int.max) else { return nil }
  return Int(limit.rlim_cur)
}

// MARK: - Processes

#if canImport(Darwin)
  package typealias SpawnAttributes = posix_spawnattr_t?
#else
  package typealias SpawnAttributes = posix_spawnattr_t
#endif

/// Those of posix_spawn, to be freed with posix_spawnattr_destroy.
package func spawnAttributes() -> SpawnAttributes {
  #if canImport(Darwin)
    var attributes: SpawnAttributes = nil
  #else
    var attributes = SpawnAttributes()
  #endif
  posix_spawnattr_init(&attributes)
  return attributes
}

/// The variables of this process, as exec and posix_spawn take them.
package var environmentOfThisProcess: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
  #if canImport(Darwin)
    _NSGetEnviron().pointee
  #else
    environ
  #endif
}
