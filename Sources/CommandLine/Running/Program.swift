import ArgumentParser
import Console
import Core
import Foundation
import Storage
import Support

extension InstructionSet {
  /// For programs to say once, before they compute.
  static func warnIfSlow() {
    guard !current.fusesInHardware else { return }
    Terminal().warn(
      "this processor (or FEATURE_CACHE_ISA) has no fused multiply-add (AVX2 and FMA): it is done in software, to the same "
        + "bytes, about twenty times slower")
  }
}

/// Checks that this machine can do what computes: it has the instructions that were asked for, and some memory.
///
/// - Throws: `PipelineError` where it has not the instructions, `MemoryError` where less than 256 MiB are there.
func checkMachine(for command: String) throws {
  if let refusal = InstructionSet.refusal { throw PipelineError(refusal) }
  InstructionSet.warnIfSlow()
  try AvailableMemory.check(256 * 0x1p20, for: command, remedy: "see ulimit -v, or end other programs")
}

/// A stage as a program: what is the same in all of them before and after it runs.
package protocol Program: ParsableCommand {
  static var stage: Stage { get }
}

extension Program {
  package static func main() {
    let ending = Ending(command: Self.self, help: "./pipeline.sh \(stage.name) --help")
    StandardStream.prepare()
    do {
      let words = try readWords(for: stage)
      var command = try understand(words)
      try checkMachine(for: stage.name)
      try Interruption.shared.install()
      try command.run()
    } catch {
      ending.end(with: error)
    }
    ending.end(status: EXIT_SUCCESS)
  }

  /// - Throws: `ValidationError` with a better word than the parser's, where there is one.
  private static func understand(_ words: [String]) throws -> any ParsableCommand {
    do {
      return try parseAsRoot(words)
    } catch let refusal where exitCode(for: refusal) == .validationFailure {
      // Paths stand alone.
      guard stage != .predict else { throw refusal }
      do {
        _ = try Words(words, declared: stage.declaredOptions)
      } catch let stray as Words.Stray {
        throw ValidationError(Hints(stages: [stage]).line(about: stray))
      }
      throw refusal
    }
  }
}
