import Foundation

/// A stage's program, and the words it is given.
package struct StageRun: Equatable {
  package let stage: Stage
  package let words: [String]

  package init(stage: Stage, words: [String]) {
    (self.stage, self.words) = (stage, words)
  }

  /// - Returns: the program's exit status.
  func run() throws -> Int32 { try ChildProcess.run(stage.programPath, words) }

  func replaceThisProcess() throws -> Never {
    try ChildProcess.replaceThisProcess(by: stage.programPath, words)
  }
}

extension Stage {
  /// The stage's program: it lies beside this one.
  var programPath: String {
    let here = Bundle.main.executableURL ?? URL(fileURLWithPath: Swift.CommandLine.arguments[0])
    return here.resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent(name).path
  }
}
