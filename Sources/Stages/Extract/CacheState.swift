import FeatureStore
import Foundation
import HDF5
import Storage
import Support

/// What is there of a split's cache, compared with what is wanted.
enum CacheState {
  case upToDate(rowCount: Int)
  /// - Parameters:
  ///   - reason: for people; says why it is not up to date.
  ///   - damage: rows of it that can't be used, as far as is known.
  case outdated(reason: String, damage: DamagedRows? = nil)

  /// - Throws: `HDF5Error` where another process has the file locked: what can't be looked at is not made again.
  init(of plan: SplitPlan, in folder: CacheFolder) throws {
    let path = folder.features(of: plan.split)
    guard FileManager.default.fileExists(atPath: path) else {
      self = .outdated(reason: "it is not there yet")
      return
    }
    do {
      let cache = try FeatureCache(path)
      if cache.spec != plan.spec {
        self = .outdated(reason: try plan.changes(since: cache))
      } else if !cache.hasAllRows(of: plan) {
        let rows = "\(count(cache.rowCount, "row")) of \(count(cache.imageCount, "image"))"
        self = .outdated(reason: "it has \(rows), and not of \(grouped(plan.imageCount))")
      } else {
        self = .upToDate(rowCount: cache.rowCount)
      }
    } catch let error as HDF5Error where error.isLock {
      throw error
    } catch {
      let earlier = EarlierCache(path).map { "an earlier version wrote it (schema \($0.schema))" }
      self = .outdated(reason: earlier ?? statement(of: error, about: path))
    }
  }
}

extension FeatureCache {
  /// Whether each image of the plan has its rows, or is listed as skipped. A file of the right key that has lost some is not
  /// what the key says.
  func hasAllRows(of plan: SplitPlan) -> Bool {
    imageCount + skipped.count == plan.imageCount && (rowCount == 0 || augmentedPasses == plan.manifest.passes.count)
  }
}

extension SplitPlan {
  /// Why the cache is not the one that is wanted.
  fileprivate func changes(since cache: FeatureCache) throws -> String {
    // Which images changed is told below.
    var wanted = spec
    wanted.manifestDigest = cache.spec.manifestDigest
    var fields = wanted.changes(since: cache.spec)
    if spec.pixelLimit < cache.spec.pixelLimit {
      fields.append("rows made under a higher limit are computed again, for some may be of larger images")
    }
    guard spec.manifestDigest != cache.spec.manifestDigest else { return fields.joined(separator: "; ") }
    return ([try imageChanges(since: cache)] + fields).joined(separator: "; ")
  }

  /// Which images came, went or changed.
  private func imageChanges(since cache: FeatureCache) throws -> String {
    let before = Set(
      try cache.digests().prefix(cache.imageCount).map(\.bytes.hexadecimal) + cache.skipped.map(\.digest))
    let wanted = Set(manifest.contents.map(\.bytes.hexadecimal))
    let new = manifest.contents.count { !before.contains($0.bytes.hexadecimal) }
    let gone = before.subtracting(wanted).count
    return switch (new, gone) {
    case (0, 0): "names, classes or order of the images changed"
    case (0, _): "\(count(gone, "image")) of before \(gone == 1 ? "is" : "are") not wanted now"
    case (_, 0): "\(grouped(new)) of \(count(imageCount, "image")) \(new == 1 ? "is" : "are") new"
    default: "\(grouped(new)) of \(count(imageCount, "image")) changed"
    }
  }
}
