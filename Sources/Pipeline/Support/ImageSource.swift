import Datasets
import Foundation

/// Where `extract` found the images, and how it read them: kept beside the caches for those who want to show an image
/// again. It decides nothing: no key depends on it, and without it there are just no pictures.
package struct ImageSource: Codable, Equatable {
  /// A path, or the name of a known data set.
  let data: String
  private let kind: String?
  private let labels: String?
  private let labelColumn: String?
  private let groups: String?
  private let groupColumn: String?
  private let limit: Int?
  private let seed: UInt64
  private let validFraction: Double
  private let testFraction: Double

  /// - Parameters:
  ///   - data: as `ImageDataset.open` takes it. A path is kept as an absolute one.
  ///   - options: all but the cache folder, which may move.
  package init(data: String, options: DatasetOptions) {
    self.data = absoluteIfThere(data)
    kind = options.kind?.rawValue
    labels = options.labels.map(absoluteIfThere)
    labelColumn = options.labelColumn
    groups = options.groups.map(absoluteIfThere)
    groupColumn = options.groupColumn
    limit = options.limit
    seed = options.seed
    validFraction = options.validFraction
    testFraction = options.testFraction
  }

  /// What the last extraction into this folder left; nil where there is nothing that can be read.
  package init?(_ cache: CacheFolder) {
    guard let data = FileManager.default.contents(atPath: cache.imageSource),
      let source = try? JSONDecoder().decode(ImageSource.self, from: data)
    else { return nil }
    self = source
  }

  /// Failing to write is no failure of the extraction.
  package func save(in cache: CacheFolder) {
    guard ImageSource(cache) != self else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let json = try? encoder.encode(self) else { return }
    try? AtomicFile.replace(cache.imageSource, with: json + [UInt8(ascii: "\n")])
  }

  /// Opens the data set as `extract` did.
  ///
  /// - Throws: `DatasetError` where it is no longer what it was.
  package func open(in cache: CacheFolder) throws -> ImageDataset {
    var options = DatasetOptions(
      kind: kind.flatMap(DatasetKind.init), seed: seed, validFraction: validFraction, testFraction: testFraction,
      cacheFolder: cache.downloads)
    (options.labels, options.labelColumn) = (labels, labelColumn)
    (options.groups, options.groupColumn) = (groups, groupColumn)
    options.limit = limit
    return try ImageDataset.open(data, options: options)
  }
}

/// A name that is no path here, such as that of a known data set, stays as it is.
private func absoluteIfThere(_ path: String) -> String {
  guard FileManager.default.fileExists(atPath: path) else { return path }
  return URL(fileURLWithPath: path).standardizedFileURL.path
}
