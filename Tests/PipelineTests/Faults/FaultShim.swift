import Foundation

/// What befalls one system call of a run; see `Tests/Faults/shim.c`.
struct Fault {
  enum Mode: CaseIterable {
    /// The call fails with EIO, as on a disk that breaks.
    case broken
    /// The call fails with ENOSPC.
    case full
    /// Of a write half is written.
    case short
    /// The process is killed in place of the call.
    case killed
    /// This call and all after it fail with ENOSPC.
    case fullFromThenOn
  }

  /// The call's number, from 0.
  let call: Int
  let mode: Mode

  var environment: [String: String] {
    let name =
      switch mode {
      case .broken, .full: "fail"
      case .short: "short"
      case .killed: "kill"
      case .fullFromThenOn: "from"
      }
    let error = mode == .broken ? EIO : ENOSPC
    return FaultShim.environment.merging(
      ["FAULT_CALL": "\(call)", "FAULT_MODE": name, "FAULT_ERRNO": "\(error)"]) { $1 }
  }
}

/// The library that strikes: built once a test run, where there is a C compiler and preloading.
enum FaultShim {
  static let library: String? = build()

  static let environment = ["LD_PRELOAD": library ?? ""]

  /// A system call that changes a file.
  struct Call {
    /// `write`, `rename`, …
    let kind: String
    let file: String
  }

  /// The calls of a run that was made with ``environment(listing:)``, in their order.
  static func calls(in list: String) throws -> [Call] {
    try String(decoding: Data(contentsOf: URL(fileURLWithPath: list)), as: UTF8.self).split(separator: "\n").map {
      let fields = $0.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
      return Call(kind: String(fields[1]), file: String(fields[2]))
    }
  }

  static func environment(listing list: String) -> [String: String] {
    environment.merging(["FAULT_LIST": list]) { $1 }
  }

  private static func build() -> String? {
    #if os(Linux)
      let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Faults/shim.c").path
      let library = BuiltProgram.extract.url.deletingLastPathComponent().appendingPathComponent("faults.so").path
      let arguments = ["-shared", "-fPIC", "-O1", "-o", library, source]
      // The Swift toolchain has clang.
      return ["cc", "clang", "gcc"].contains { runTool($0, arguments) } ? library : nil
    #else
      return nil
    #endif
  }
}

/// Runs a command of the system in silence; whether it succeeded.
func runTool(_ command: String, _ arguments: [String]) -> Bool {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [command] + arguments
  process.standardError = FileHandle.nullDevice
  guard (try? process.run()) != nil else { return false }
  process.waitUntilExit()
  return process.terminationStatus == 0
}
