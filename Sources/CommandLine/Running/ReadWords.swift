import ArgumentParser

/// The words of this process' command line, without the program's name.
///
/// - Parameter stage: whose they are; nil: the first one tells. Pictures that predict is to answer are answered one by one: a
///   name of one that is no text is one that can't be read, with U+FFFD for what is no UTF-8.
/// - Throws: `ValidationError` for what is no text: it would name another file than the one that is meant.
package func readWords(for stage: Stage?) throws -> [String] {
  let arguments = UnsafeBufferPointer(start: Swift.CommandLine.unsafeArgv, count: Int(Swift.CommandLine.argc))
  var words: [String] = []
  for (index, argument) in zip(0..., arguments).dropFirst() {
    guard let argument else { continue }
    if let word = String(validatingCString: argument) {
      words.append(word)
    } else if isPicture(String(cString: argument), after: words, of: stage) {
      words.append(String(cString: argument))
    } else {
      throw ValidationError("argument \(index) (\(String(cString: argument))) is not UTF-8; rename the file.")
    }
  }
  return words
}

private func isPicture(_ word: String, after words: [String], of stage: Stage?) -> Bool {
  guard stage ?? words.first.flatMap(Stage.init) == .predict, !word.hasPrefix("-") else { return false }
  return !Stage.predict.declaredOptions.contains { $0.takesValue && $0.name == words.last }
}
