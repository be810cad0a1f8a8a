import ArgumentParser
import Foundation

/// How many processors a stage takes.
struct ThreadsOption: ParsableArguments {
  @Option(help: "Threads that compute; no influence on the result.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws {
    try check("--threads", threads, in: 1...1024, "more threads than processors make nothing faster")
  }
}
