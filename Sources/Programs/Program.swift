import ArgumentParser
import Core
import Foundation
import Pipeline
import Storage

/// A stage as a program: what is the same in all of them before and after it runs.
///
/// The exit status is 0 where all is done; 64 where the command line can't be understood; 130 or 143 where a signal ended
/// the stage; 74 (`EX_IOERR`) where the stage is done and its files are written, but what it had to say could not be
/// printed; and 1 where anything else stopped it. Whatever it is, one line on standard error says it.
public protocol Program: ParsableCommand {}

extension Program {
  public static func main() {
    StandardStream.prepare()
    do {
      try checkArguments()
      var command = try parseAsRoot()
      if let refusal = InstructionSet.refusal { throw PipelineError(refusal) }
      try AvailableMemory.check(256 * 0x1p20, for: "\(_commandName)", remedy: "see ulimit -v, or end other programs")
      try Interruption.shared.install()
      try command.run()
    } catch {
      end(with: error)
    }
    end(status: EXIT_SUCCESS)
  }

  /// - Throws: `ValidationError` for what is no text: it would name another file than the one that is meant.
  private static func checkArguments() throws {
    for (index, argument) in zip(0..., UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc)))
    {
      guard let argument, String(validatingCString: argument) == nil else { continue }
      throw ValidationError("argument \(index) (\(String(cString: argument))) is not UTF-8; rename the file.")
    }
  }

  private static func end(with error: any Error) -> Never {
    let code = exitCode(for: error)
    if code.isSuccess {
      StandardStream.output.write(fullMessage(for: error) + "\n")
    } else if code == .validationFailure {
      let message = message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
      report("\(message)\(message.hasSuffix(".") ? "" : ".") See \(_commandName) --help")
    } else {
      report("\(error)")
    }
    end(status: code.rawValue)
  }

  /// What could not be printed turns success into exit status 74.
  private static func end(status: Int32) -> Never {
    var status = status
    for (stream, name) in [(StandardStream.output, "standard output"), (.error, "standard error")] {
      guard status == EXIT_SUCCESS, let failure = stream.failure else { continue }
      report("\(name): \(failure): not all could be printed; what was to be written to files is written")
      status = EX_IOERR
    }
    Foundation.exit(status)
  }

  private static func report(_ line: String) {
    StandardStream.error.write("Error: \(line.onOneLine)\n")
  }
}
