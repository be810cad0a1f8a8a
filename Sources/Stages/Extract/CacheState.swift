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
      self = .outdated(reason: statement(of: error, about: path))
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
    let fields = wanted.changes(since: cache.spec)
    guard spec.manifestDigest != cache.spec.manifestDigest else { return fields.joined(separator: "; ") }
    let before = Set(try cache.digests().map(\.bytes.hexadecimal) + cache.skipped.map(\.digest))
    let changed = manifest.contents.count { !before.contains($0.bytes.hexadecimal) }
    let images =
      changed > 0
      ? "\(grouped(changed)) of \(count(imageCount, "image")) changed"
      : "images went away, or their names, classes or order changed"
    return ([images] + fields).joined(separator: "; ")
  }
}
