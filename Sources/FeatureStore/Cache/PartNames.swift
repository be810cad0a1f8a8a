import Foundation
import SystemPackage

/// The paths of the parts that one process writes into a folder, one after the other.
package struct PartNames {
  private let folder: String
  private let prefix: String
  private var last: Int

  /// Of a process that has the folder to itself: it goes on counting.
  package init(in folder: String) {
    self.folder = folder
    prefix = ""
    let names = PartFile.paths(in: folder).compactMap { FilePath($0).lastComponent?.string }
    last = names.compactMap { Int($0.dropLast(".h5".count)) }.max() ?? 0
  }

  /// Of one of many processes, on any machines: what is drawn keeps their names apart, even those of two that work on the
  /// same shard because the first was thought to be dead.
  package init(in folder: String, shard: Shard) {
    self.folder = folder
    prefix = "\(shard.number)of\(shard.count)-\(String(UInt64.random(in: 0...(.max)), radix: 16))-"
    last = 0
  }

  package mutating func next() -> String {
    last += 1
    return FilePath(folder).appending(prefix + String(format: "%06d.h5", last)).string
  }
}
