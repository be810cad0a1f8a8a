extension AtomicFile {
  /// SHA-256 of a file's bytes, in hexadecimal.
  ///
  /// - Throws: as `contents(of:)`.
  package static func digest(of path: String) throws -> String {
    SHA256.hash(data: try contents(of: path)).hexadecimal
  }
}
