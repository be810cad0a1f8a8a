import Foundation
import Testing

/// A file system in memory, of a size that is soon full.
final class SmallDisk {
  private let path: String

  /// Nil where there can't be one: that takes root, and more than most containers allow.
  init?(_ path: String, kilobytes: Int) {
    self.path = path
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard runTool("mount", ["-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", path]) else { return nil }
  }

  deinit { _ = runTool("umount", ["-l", path]) }

  func resize(kilobytes: Int) { #expect(runTool("mount", ["-o", "remount,size=\(kilobytes)k", path])) }
  func makeReadOnly() { #expect(runTool("mount", ["-o", "remount,ro", path])) }

  /// Whether this machine lets us.
  static let isPossible: Bool = {
    guard let folder = try? TemporaryFolder() else { return false }
    return SmallDisk(folder.file("disk"), kilobytes: 64) != nil
  }()

  /// What is on the file system that has the folder.
  static func usedKilobytes(of path: String) -> Int {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return 0 }
    return Int(status.f_blocks - status.f_bfree) * Int(status.f_frsize) >> 10
  }

  /// Says why a test does nothing.
  static func note(_ what: String) {
    print("note: \(what) is tested only where root may mount a small disk")
  }
}
