import Glibc

/// The files in Fixtures, whose folder is in the environment.
enum Fixture {
  /// A file's bytes.
  static func bytes(_ name: String) -> [UInt8] {
    let file = fopen(String(cString: getenv("FIXTURES")!) + "/" + name, "rb")!
    defer { fclose(file) }
    fseek(file, 0, SEEK_END)
    let count = ftell(file)
    rewind(file)
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = fread(buffer.baseAddress, 1, count, file)
      precondition(initialized == count)
    }
  }
}

/// The number that a decimal spells.
func decimal(_ text: String) -> Double {
  strtod(text, nil)
}
