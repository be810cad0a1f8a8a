// The system calls, by the names that both C libraries have.

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
