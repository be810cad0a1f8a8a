import Core
import Foundation
import Testing

/// An extraction that is disturbed in every way, again and again, and must each time end with the bytes of an undisturbed
/// one.
final class Ordeal {
  /// When to strike.
  enum Moment: CaseIterable {
    case anyTime, whileListing, whileClosingAPart, whileJoining
  }

  private let folder: TemporaryFolder
  private let photographs = Photographs(perClass: 60)
  private var random: Philox
  /// The caches of an undisturbed run over each version of the images.
  private var expected: [[String: Data]] = []
  /// Seconds that such a run takes, and those until its first part is there.
  private var duration = 0.0
  private var listing = 0.0
  private var version = 0
  /// The options of the next run.
  private var options: [String] = []

  private(set) var strikes: [Moment: Int] = [:]
  private(set) var completions = 0
  private(set) var faults = 0

  static let caches = ["train.h5", "valid.h5", "test.h5"]

  init(seed: UInt64) throws {
    random = Philox(seed: seed)
    folder = try TemporaryFolder()
    try photographs.write(to: folder)
    for version in 0..<2 {
      try setVersion(version)
      try? FileManager.default.removeItem(atPath: folder.file("cache"))
      let start = ContinuousClock.now
      let process = try ExtractProcess(in: folder)
      while process.isRunning, !exists("train.parts/000001.h5") { usleep(500) }
      listing = (ContinuousClock.now - start) / .seconds(1)
      try #require(process.wait() == 0, "\(process.output)")
      duration = (ContinuousClock.now - start) / .seconds(1)
      expected.append(try caches())
    }
  }

  /// Runs once and strikes with a signal.
  ///
  /// - Returns: whether the run came to its end before.
  @discardableResult
  func run(strikingWith number: Int32, _ moment: Moment) throws -> Bool {
    let process = try ExtractProcess(in: folder, options)
    wait(for: moment, process)
    process.signal(number)
    switch process.wait() {
    case 0:
      try complete(process)
      return true
    case nil where number == SIGKILL, 128 + number:
      strikes[moment, default: 0] += 1
      if number != SIGKILL {
        #expect(process.output.contains("; the same command goes on from there\n"), "\(process.output)")
      }
      return false
    case let status:
      throw Failure("exit status \(status.map(String.init) ?? "none"): \(process.output)")
    }
  }

  /// Runs once, with a system call that goes wrong, if there are so many.
  func run(failingAt call: Int) throws {
    let mode = choose(Fault.Mode.allCases)
    let process = try ExtractProcess(in: folder, options, environment: Fault(call: call, mode: mode).environment)
    faults += 1
    switch process.wait() {
    // What it could not remove is for the next run.
    case 0: break
    case 1 where process.errorLines.count == 1: break
    case nil where mode == .killed: break
    case let status:
      throw Failure("call \(call), \(mode): exit status \(status.map(String.init) ?? "none"): \(process.output)")
    }
  }

  /// Runs undisturbed, to the end.
  func run() throws {
    let process = try ExtractProcess(in: folder, options)
    guard process.wait() == 0 else { throw Failure(process.output) }
    try complete(process)
  }

  private func wait(for moment: Moment, _ process: ExtractProcess) {
    func wait(_ seconds: Double, or condition: () -> Bool = { false }) {
      let end = ContinuousClock.now + .seconds(seconds)
      while process.isRunning, ContinuousClock.now < end, !condition() { usleep(200) }
    }
    switch moment {
    case .anyTime: wait(uniform() * duration)
    case .whileListing: wait(uniform() * listing)
    case .whileClosingAPart:
      wait(uniform() * duration)
      wait(60) { Split.names.contains { names(in: "\($0).parts").contains { $0.hasSuffix(".writing") } } }
    case .whileJoining:
      let split = Split.names[random.integer(below: 3)]
      wait(60) { names(in: "").contains { $0.hasPrefix("\(split).h5.") } }
      wait(uniform() * 0.01)
    }
  }

  // MARK: - What must be true at the end of a run

  private func complete(_ process: ExtractProcess) throws {
    completions += 1
    for (name, bytes) in try caches() {
      let expected = expected[version][name]!
      guard bytes != expected else { continue }
      let differing = zip(bytes, expected).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
      throw Failure(
        "\(name), \(bytes.count) bytes, differs from that of an undisturbed run, \(expected.count) bytes, at "
          + "\(differing.count) places, first \(differing.prefix(3)); the last run said:\n\(process.output)")
    }
    // They would spare the next run its work.
    try? FileManager.default.removeItem(atPath: path("kept"))
    let left = names(in: "").filter { !$0.hasPrefix(".") && !Self.caches.contains($0) && $0 != "history" }
    guard left.isEmpty else { throw Failure("left behind: \(left)") }
    options = []
    // Something to do for the next run.
    if random.integer(below: 2) == 0 {
      try setVersion(1 - version)
    } else {
      for name in Self.caches where random.integer(below: 2) == 0 {
        try FileManager.default.removeItem(atPath: path(name))
      }
    }
  }

  /// A tenth of the images have two versions; in the second, one more is there.
  private func setVersion(_ version: Int) throws {
    self.version = version
    for (index, name) in photographs.names.enumerated() where index % 10 == 3 {
      try folder.write("photographs/" + name, photographs.jpeg(name, version: version))
    }
    let extra = "photographs/train/cat/another.jpg"
    if version == 0 { try? FileManager.default.removeItem(atPath: folder.file(extra)) }
    if version == 1 { try folder.write(extra, photographs.jpeg(photographs.names[0], version: 2)) }
  }

  // MARK: - Damage

  /// Flips a byte of a file that a run left, or cuts the file off, as a power cut may.
  func damageSomething() throws {
    let parts = Split.names.flatMap { split in names(in: "\(split).parts").map { "\(split).parts/\($0)" } }
    let candidates = (Self.caches + parts + [".digests"]).filter(exists)
    guard !candidates.isEmpty else { return }
    let name = candidates[random.integer(below: candidates.count)]
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path(name)))
    guard !bytes.isEmpty else { return }
    let position = random.integer(below: bytes.count)
    if random.integer(below: 4) == 0 {
      bytes = bytes.prefix(position)
    } else {
      bytes[position] ^= UInt8(1 + random.integer(below: 255))
    }
    try bytes.write(to: URL(fileURLWithPath: path(name)))
    options = ["--repair"]
    guard Self.caches.contains(name) else { return }
    // Damage that changes nothing that is read is harmless: then the file is taken away for the comparison's sake.
    let verification = try ExtractProcess(in: folder, ["--verify"])
    verification.wait()
    if verification.output.contains("/\(name): whole") { try FileManager.default.removeItem(atPath: path(name)) }
  }

  // MARK: - Parts

  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  private enum Split { static let names = ["train", "valid", "test"] }

  private func uniform() -> Double { Double(random.integer(below: 1 << 20)) / Double(1 << 20) }
  private func path(_ name: String) -> String { folder.file("cache/" + name) }
  private func exists(_ name: String) -> Bool { access(path(name), F_OK) == 0 }
  private func names(in name: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path(name))) ?? []
  }
  private func caches() throws -> [String: Data] {
    try Dictionary(uniqueKeysWithValues: Self.caches.map { ($0, try Data(contentsOf: URL(fileURLWithPath: path($0)))) })
  }
  func choose<Element>(_ choices: [Element]) -> Element { choices[random.integer(below: choices.count)] }
}
