import Core
import Foundation
import Testing

/// A command on a tiny cache folder, whose every system call may go wrong.
struct FaultScenario: CustomStringConvertible, Sendable {
  typealias Command = (program: BuiltProgram, options: [String])

  let name: String
  /// Undisturbed runs that make what the command finds.
  let preparation: [Command]
  /// What is done to the prepared folder, besides.
  var change: @Sendable (_ folder: String) throws -> Void = { _ in }
  let command: Command
  /// What is run after the command to come to the end, with or without a fault before it.
  var sequel: [Command] = []
  /// In an ordinary test one of so many calls is struck, and one of so many sizes of the disk tried.
  var step = 1
  /// By how many KiB the sizes of full disks differ.
  var page = 4

  var description: String { name }

  static let all: [FaultScenario] = [
    fitHead, submit, ensemble, fineTuning, extract, repair, keeping, goingBack, bringingBack, shards, firstShard, join,
  ]

  /// Features as the head likes them: 2×2×512.
  private static let features: Command = (.extract, ["--size", "32", "--threads", "1"])
  /// Features that are large and soon computed: several chunks a split, and as many parts.
  private static let parts: Command = (
    .extract,
    [
      "--size", "32", "--layer", "block1_conv1", "--extract-batch-size", "4", "--threads", "1", "--part-seconds",
      "1e-9",
    ]
  )
  private static let training: Command = (
    .fitHead, ["--schedule", "2@1e-3", "--hidden", "8", "--batch-size", "8", "--threads", "1"]
  )
  private static let cutFeatures: Command = (.extract, features.options + ["--layer", "block4_pool"])
  private static let members: Command = (.fitHead, training.options + ["--ensemble", "2"])
  private static let submission: Command = (.submit, ["--threads", "1"])

  static let fitHead = FaultScenario(name: "fit-head", preparation: [features], command: training, step: 3)
  static let ensemble = FaultScenario(
    name: "fit-head --ensemble 2", preparation: [features, training], command: members, step: 8)
  /// Its files are large: the convolutions that are trained, and Adam's moments of them.
  static let fineTuning = FaultScenario(
    name: "fit-head --fine-tune", preparation: [cutFeatures],
    command: (.fitHead, training.options + ["--fine-tune", "2@1e-4"]), step: 96, page: 65_536)
  static let submit = FaultScenario(
    name: "submit", preparation: [features, training],
    command: (.submit, submission.options + ["--format", "probabilities"]), step: 3)
  static let extract = FaultScenario(name: "extract", preparation: [], command: parts, step: 16, page: 32)
  static let repair = FaultScenario(
    name: "extract --repair", preparation: [parts], change: { folder in try flipByte(of: folder + "/train.h5") },
    command: (.extract, parts.options + ["--repair"]), step: 32)

  static let keeping = FaultScenario(
    name: "extract, another layer", preparation: [parts], command: features, step: 32)
  static let goingBack = FaultScenario(
    name: "extract, back to a layer that is kept", preparation: [features, parts], command: features, step: 8)
  static let bringingBack = FaultScenario(
    name: "history --use 1", preparation: [features, training, parts], command: (.pipeline, ["history", "--use", "1"]),
    step: 8)

  static let shards = FaultScenario(
    name: "extract --shards 2", preparation: [], command: sharded("--shards", "2"),
    sequel: [sharded("--shard", "1/2"), sharded("--shard", "2/2"), sharded("--join")], step: 16)
  static let firstShard = FaultScenario(
    name: "extract --shard 1/2", preparation: [sharded("--shards", "2")], command: sharded("--shard", "1/2"),
    sequel: [sharded("--shard", "2/2"), sharded("--join")], step: 32)
  static let join = FaultScenario(
    name: "extract --join",
    preparation: [sharded("--shards", "2"), sharded("--shard", "1/2"), sharded("--shard", "2/2")],
    command: sharded("--join"), step: 32)

  private static func sharded(_ options: String...) -> Command { (.extract, parts.options + options) }

  /// In the middle of the largest thing in the file: its features.
  private static func flipByte(of path: String) throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.count / 2] ^= 0x10
    try bytes.write(to: URL(fileURLWithPath: path))
  }
}

/// Tiny data, and what all commands on it have in common.
final class FaultData: Sendable {
  private let folder: TemporaryFolder
  private let weights: String

  init() throws {
    folder = try TemporaryFolder()
    weights = try SmallPipeline.weights()
    try SmallPipeline.writeData(seed: 1, trainRows: 15, testRows: 4, to: folder)
  }

  /// Runs a command on a cache folder.
  func run(
    _ command: FaultScenario.Command, in cache: String, environment: [String: String] = [:]
  ) throws -> FinishedRun {
    // With --force it does not look first whether the disk has room.
    let inputs =
      switch command.program {
      case .extract: ["--data", folder.file("data"), "--weights", weights, "--force"]
      case .fitHead: ["--weights", weights]
      default: [String]()
      }
    return try FinishedRun(
      command.program, command.options + inputs + ["--cache", cache, "--quiet"], environment: environment)
  }

  /// - Throws: where it does not succeed.
  func succeed(_ command: FaultScenario.Command, in cache: String, environment: [String: String] = [:]) throws {
    let run = try run(command, in: cache, environment: environment)
    try #require(run.succeeded, "\(command.program.rawValue) \(command.options), undisturbed: \(run.end): \(run.words)")
  }
}
