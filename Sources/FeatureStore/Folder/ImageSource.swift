import Datasets
import Foundation
import Storage
import SystemPackage

/// Where `extract` found the images, and how it read them: kept beside the caches for those who want to show an image
/// again. It decides nothing: no key depends on it, and without it there are just no pictures.
package struct ImageSource: Codable, Equatable {
  /// A path, or the name of a known data set.
  package let data: String
  package private(set) var options: DatasetOptions

  /// - Parameters:
  ///   - data: as `ImageDataset.open` takes it. A path is kept as an absolute one.
  ///   - options: how it was read.
  package init(data: String, options: DatasetOptions) {
    self.data = absoluteIfThere(data)
    self.options = options
    self.options.labels = options.labels.map(absoluteIfThere)
    self.options.groups = options.groups.map(absoluteIfThere)
    self.options.drop = options.drop.map(absoluteIfThere)
    self.options.relabel = options.relabel.map(absoluteIfThere)
  }

  /// What the last extraction into this folder left; nil where there is nothing that can be read.
  package init?(_ cache: CacheFolder) {
    guard let source = Sealed<ImageSource>.read(cache.imageSource) else { return nil }
    self = source
  }

  /// Failing to write is no failure of the extraction.
  package func save(in cache: CacheFolder) {
    guard ImageSource(cache) != self else { return }
    guard let json = try? Sealed(self).json() else { return }
    try? AtomicFile.replace(cache.imageSource, with: json)
  }

  /// For people: the last part of the path.
  package var name: String { FilePath(data).lastComponent?.string ?? data }

  /// The files that the user named.
  package var files: [String] {
    [data, options.labels, options.groups, options.drop, options.relabel].compactMap(\.self)
  }

  /// What earlier features of the same data were corrected by, and these are not: a line for each table.
  package func correctionsMissing(since earlier: ImageSource) -> [String] {
    guard earlier.data == data else { return [] }
    let corrections = [
      ("--drop", \DatasetOptions.drop, "leaves out no images"), ("--relabel", \.relabel, "changes no classes"),
    ]
    return corrections.compactMap { option, table, what in
      guard let path = earlier.options[keyPath: table], options[keyPath: table] == nil else { return nil }
      return "the features before these were made with \(option) \(path); without it this run \(what): "
        + "give it with every run, or mend the data themselves"
    }
  }

  /// Opens the data set as `extract` did.
  ///
  /// - Throws: `DatasetError` where it is no longer what it was.
  package func open(in cache: CacheFolder) throws -> ImageDataset {
    var options = options
    // The folder may have moved.
    options.cacheFolder = cache.downloads
    return try ImageDataset.open(data, options: options)
  }
}

/// A name that is no path here, such as that of a known data set, stays as it is.
private func absoluteIfThere(_ path: String) -> String {
  guard FileManager.default.fileExists(atPath: path) else { return path }
  let absolute = FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(path))
  // What is above a symbolic link only the file system knows.
  guard absolute.components.contains(where: { $0.kind == .parentDirectory }), let real = realpath(path, nil) else {
    return absolute.lexicallyNormalized().string
  }
  defer { free(real) }
  return String(cString: real)
}
