import ArgumentParser

/// The words of this process' command line, without the program's name.
///
/// - Throws: `ValidationError` for what is no text: it would name another file than the one that is meant.
package func readWords() throws -> [String] {
  let arguments = UnsafeBufferPointer(start: Swift.CommandLine.unsafeArgv, count: Int(Swift.CommandLine.argc))
  return try zip(0..., arguments).dropFirst().compactMap { index, argument in
    guard let argument else { return nil }
    guard let word = String(validatingCString: argument) else {
      throw ValidationError("argument \(index) (\(String(cString: argument))) is not UTF-8; rename the file.")
    }
    return word
  }
}
