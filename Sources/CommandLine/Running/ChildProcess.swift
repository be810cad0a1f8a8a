import Foundation
import Storage
import Support

/// Another program, with this one's standard input, output and error.
enum ChildProcess {
  /// Runs a program to its end. SIGINT, SIGTERM and SIGHUP to this process are passed on to it.
  ///
  /// - Returns: the exit status, or 128 and the number of the signal that ended it, as a shell has it.
  /// - Throws: `PipelineError` where it can't be started.
  static func run(_ program: String, _ arguments: [String]) throws -> Int32 {
    // A shell may have started this process with SIGCHLD ignored, and then nobody could be waited for.
    signal(SIGCHLD, SIG_DFL)
    // They wait until they are taken below; one that comes when the program has ended does what it always does.
    var (signals, before) = (set(of: [SIGINT, SIGTERM, SIGHUP, SIGCHLD]), sigset_t())
    pthread_sigmask(SIG_BLOCK, &signals, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let child = try start(program, arguments)
    var (status, number) = (Int32(0), Int32(0))
    while waitpid(child, &status, WNOHANG) != child {
      guard sigwait(&signals, &number) == 0, number != SIGCHLD else { continue }
      kill(child, number)
    }
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }

  /// Goes on as another program: the process stays, so that its signals and its end are that program's.
  ///
  /// - Throws: `PipelineError` where it can't be started.
  static func replaceThisProcess(by program: String, _ arguments: [String]) throws -> Never {
    withArguments(program, arguments) { _ = execv(program, $0) }
    throw failure(program, errno)
  }

  private static func start(_ program: String, _ arguments: [String]) throws -> pid_t {
    var attributes = spawnAttributes()
    defer { posix_spawnattr_destroy(&attributes) }
    // The program takes signals as if a shell had started it.
    var (none, defaults) = (set(of: []), set(of: [SIGPIPE]))
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(&attributes, numericCast(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var child = pid_t()
    let code = withArguments(program, arguments) {
      posix_spawn(&child, program, nil, &attributes, $0, environmentOfThisProcess)
    }
    guard code == 0 else { throw failure(program, code) }
    return child
  }

  private static func set(of numbers: [Int32]) -> sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in numbers { sigaddset(&signals, number) }
    return signals
  }

  /// The program's name and its arguments as C has them.
  private static func withArguments<Result>(
    _ program: String, _ arguments: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let words = ([program] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    return body(words + [nil])
  }

  private static func failure(_ program: String, _ code: Int32) -> PipelineError {
    PipelineError("\(program): can't be started (\(String(cString: strerror(code)))); ./pipeline.sh setup builds it")
  }
}
