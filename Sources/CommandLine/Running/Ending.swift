import ArgumentParser
import Console
import Core
import Foundation
import Storage
import SystemPackage

/// The end of a program.
///
/// The exit status is 0 where all is done; 64 where the command line can't be understood; 130 or 143 where a signal ended
/// the stage; 74 (`EX_IOERR`) where the stage is done and its files are written, but what it had to say could not be
/// printed; and 1 where anything else stopped it. Whatever it is, one line on standard error says it.
struct Ending {
  /// Words the parser's errors, and its help.
  let command: any ParsableArguments.Type
  /// The command that tells more: `./pipeline.sh extract --help`.
  let help: String

  func end(with error: any Error) -> Never {
    if let status = error as? ExitCode { end(status: status.rawValue) }
    let code = command.exitCode(for: error)
    if code.isSuccess {
      StandardStream.output.write(command.fullMessage(for: error) + "\n")
    } else if code == .validationFailure {
      let message = command.message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
      report("\(message)\(message.last.map(".?".contains) ?? false ? "" : ".") See \(help)")
    } else {
      report("\(error)\(Self.remedy(for: error))")
    }
    end(status: code.rawValue)
  }

  /// What could not be printed turns success into exit status 74.
  func end(status: Int32) -> Never {
    var status = status
    for (stream, name) in [(StandardStream.output, "standard output"), (.error, "standard error")] {
      guard status == EXIT_SUCCESS, let failure = stream.failure else { continue }
      report("\(name): \(failure): not all could be printed; what was to be written to files is written")
      status = EX_IOERR
    }
    exit(status)
  }

  /// What to do about a reason of the system's that says nothing of it.
  private static func remedy(for error: any Error) -> String {
    guard (error as? StorageError)?.reason == .noSpace else { return "" }
    return "; make room, for one with ./pipeline.sh clean, and run it again: what is done is kept"
  }

  private func report(_ line: String) {
    StandardStream.error.write("Error: \(line.onOneLine)\n")
  }
}
