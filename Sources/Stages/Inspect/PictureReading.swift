import Console
import Core
import Datasets
import FeatureStore
import Support
import Synchronization

/// Reads the pictures of both caches again, where they still are what they were.
struct PictureReading {
  let folder: CacheFolder
  let pool: WorkerPool
  let terminal: Terminal

  /// - Parameter caches: with the splits that they are of.
  /// - Returns: of each image of the caches, one after the other; nil where its picture is not there as it was.
  func statistics(_ caches: [(split: Split, cache: FeatureCache)]) -> [PictureStatistics?] {
    let count = caches.reduce(0) { $0 + $1.cache.imageCount }
    guard let source = ImageSource(folder) else {
      terminal.note("pictures are not looked at: extract did not leave word of where it found them")
      return [PictureStatistics?](repeating: nil, count: count)
    }
    do {
      let dataset = try source.open(in: folder)
      let result = try caches.flatMap { split, cache in
        try statistics(cache, CachedPictures(of: cache, split, in: dataset))
      }
      let missing = result.count { $0 == nil }
      if missing > 0 {
        terminal.warn(
          "\(source.name): \(grouped(missing)) of \(Support.count(count, "picture")) changed or can't be read: they are not looked at"
        )
      }
      return result
    } catch {
      terminal.warn("pictures are not looked at: \(error)")
      return [PictureStatistics?](repeating: nil, count: count)
    }
  }

  private func statistics(_ cache: FeatureCache, _ pictures: CachedPictures) throws -> [PictureStatistics?] {
    let input = cache.spec.features.inputSize
    let progress = ProgressBar("looking", total: cache.imageCount, unit: "pictures", quiet: terminal.quiet)
    defer { progress.finish() }
    return try pool.map(cache.imageCount) { row in
      defer { progress.advance(by: 1) }
      guard let (image, content) = try? pictures.picture(ofRow: row, for: input) else { return nil }
      return PictureStatistics(image, stored: ImageDecoder.storedSize(content), input: input)
    }
  }
}
