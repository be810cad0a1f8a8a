import Core
import Foundation

/// Tar archives of samples, as the Python package webdataset has them: files that share their path up to the first dot of
/// the name are a sample, `0001.jpg` and `0001.cls`.
struct WebDatasetShards {
  /// The paths of the archives, sorted by their UTF-8 bytes.
  let paths: [String]

  /// Whether a folder has such archives and nothing else to read, or is itself one that is open.
  static func areIn(_ path: String) throws -> Bool {
    if let place = MountedArchives.place(of: path), place.path.isEmpty { return isShard(place.index) }
    let entries = try folderEntries(path)
    return entries.contains { $0.type == .regular && $0.name.hasSuffix(".tar") }
      && !entries.contains { $0.type == .folder || PictureName.isPictures($0.name) }
  }

  /// A picture in a class's folder may have JSON beside it that says something else.
  private static func isShard(_ index: ArchiveIndex) -> Bool {
    let pictures = index.paths.lazy.filter(PictureName.isPictures)
    if index.paths.contains(where: { $0.hasSuffix(".cls") }) { return !pictures.isEmpty }
    return pictures.contains { !$0.contains("/") && index.type(of: "\(key(of: $0)).json") == .regular }
  }

  init(_ path: String) throws {
    if let place = MountedArchives.place(of: path), place.path.isEmpty {
      paths = [path]
    } else {
      paths = try folderEntries(path).filter { $0.type == .regular && $0.name.hasSuffix(".tar") }
        .map { "\(path)/\($0.name)" }
    }
  }

  /// A picture and its class.
  struct Sample {
    /// In the archive.
    let path: String
    let className: String
  }

  /// The samples of an archive, sorted by their paths' UTF-8 bytes.
  ///
  /// - Throws: ``DatasetError`` for a picture without a class.
  static func samples(_ index: ArchiveIndex, shard: String) throws -> [Sample] {
    let pictures = index.paths.filter(PictureName.isPictures)
    let all = Set(index.paths)
    return try pictures.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { path in
      let key = key(of: path)
      for (ending, read) in [("cls", className(text:)), ("json", className(json:))]
      where all.contains("\(key).\(ending)") {
        let name = "\(shard)/\(key).\(ending)"
        guard let found = read(try index.content(of: "\(key).\(ending)", name: name)) else {
          throw DatasetError(
            "\(name): no class here: expected a number or a name, of JSON in the field cls, label or class")
        }
        return Sample(path: path, className: found)
      }
      throw DatasetError("\(shard)/\(path): no class: expected \(key).cls or \(key).json beside it")
    }
  }

  private static func key(of path: String) -> String {
    let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    return String(path[..<(path[slash...].firstIndex(of: ".") ?? path.endIndex)])
  }

  private static func className(text bytes: [UInt8]) -> String? {
    guard bytes.count <= 4096, let text = String(validating: bytes, as: UTF8.self) else { return nil }
    let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
    return name.isEmpty || name.contains(where: \.isNewline) ? nil : name
  }

  private static func className(json bytes: [UInt8]) -> String? {
    guard bytes.count <= 1 << 20, let fields = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
    else { return nil }
    for key in ["cls", "label", "class"] {
      if let text = fields[key] as? String { return className(text: Array(text.utf8)) }
      if let number = fields[key] as? Int { return String(number) }
    }
    return nil
  }

  /// The split that an archive's name tells: `imagenet-val-000003.tar`.
  static func split(of shard: String) -> Split? {
    name(of: shard).split { !$0.isLetter }.lazy.compactMap { SplitName.split(of: String($0)) }.first
  }
}

extension ImageDataset {
  /// Shards in WebDataset's layout. Those that are called after a split are it; of the others, or without shards for
  /// validation, a part is held out.
  ///
  /// - Throws: ``DatasetError`` for a damaged archive, or a picture without a class.
  static func openWebDataset(_ path: String, options: DatasetOptions) throws -> ImageDataset {
    let shards = try WebDatasetShards(path)
    var samples: [Split: [WebDatasetShards.Sample]] = [:]
    var pictures: [Split: ShardPictures] = [:]
    for shard in shards.paths {
      let index = try shard == path ? MountedArchives.place(of: path)?.index : Archives.open(shard)
      guard let index else { throw DatasetError("\(shard): not a tar archive") }
      let split = WebDatasetShards.split(of: shard) ?? .train
      let found = try WebDatasetShards.samples(index, shard: shard)
      samples[split, default: []] += found
      pictures[split, default: ShardPictures(limits: options.limits)].add(found.map(\.path), of: index, shard: shard)
    }
    guard let train = samples[.train], !train.isEmpty else { throw DatasetError("\(path): no pictures for training") }
    let names = classNames(train.map(\.className))
    let labels = Dictionary(uniqueKeysWithValues: zip(names, Int32(0)...))
    var parts: [Split: Part] = [:]
    for (split, found) in samples {
      let source = pictures[split]!
      parts[split] = Part(
        examples: found.indices.map {
          Example(name: source.name($0), label: labels[found[$0].className] ?? Example.unknownLabel)
        },
        pictures: source)
    }
    if let stray = parts[.valid]?.examples.first(where: { $0.label == Example.unknownLabel }) {
      throw DatasetError("\(path): \(stray.name): no picture for training has its class")
    }
    var heldOut: Set<Split> = []
    if parts[.valid] == nil {
      heldOut = parts[.test] == nil ? [.valid, .test] : [.valid]
      parts.merge(try options.split(parts[.train]!, withTest: parts[.test] == nil)) { there, dealt in
        dealt.examples.isEmpty ? there : dealt
      }
    } else if parts[.test] == nil {
      parts[.test] = Part()
    }
    let count = shards.paths.count
    return ImageDataset(
      kind: .webDataset, path: path, layout: "\(grouped(count)) \(count == 1 ? "shard" : "shards") of WebDataset's",
      labelNames: names, parts: parts, heldOut: heldOut)
  }

  /// Numbers by value, everything else by its UTF-8 bytes.
  private static func classNames(_ found: [String]) -> [String] {
    let names = Set(found)
    let numbers = names.compactMap { name in Int(name).map { (value: $0, name: name) } }
    if numbers.count == names.count { return numbers.sorted { $0 < $1 }.map(\.name) }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

/// Pictures in several archives.
private struct ShardPictures: PictureSource {
  private struct Shard {
    let index: ArchiveIndex
    let path: String
    /// The number of its first picture.
    let first: Int
  }

  let limits: ImageLimits
  private var shards: [Shard] = []
  private var paths: [String] = []

  init(limits: ImageLimits) { self.limits = limits }

  mutating func add(_ paths: [String], of index: ArchiveIndex, shard: String) {
    shards.append(Shard(index: index, path: shard, first: self.paths.count))
    self.paths += paths
  }

  private func shard(of index: Int) -> Shard {
    var (low, high) = (0, shards.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if shards[middle].first <= index { low = middle } else { high = middle }
    }
    return shards[low]
  }

  /// The archive and the path in it: `train-0.tar/0001.jpg`.
  func name(_ index: Int) -> String { "\(Datasets.name(of: shard(of: index).path))/\(paths[index])" }

  func content(at index: Int) throws -> [UInt8] {
    let shard = shard(of: index)
    return try shard.index.content(of: paths[index], name: "\(shard.path)/\(paths[index])")
  }

  func image(at index: Int, content: [UInt8], for size: ImageSize?) throws -> Image {
    do {
      return try ImageDecoder.decode(content, for: size, limits: limits)
    } catch let error as DatasetError {
      throw DatasetError("\(shard(of: index).path)/\(paths[index]): \(error)")
    }
  }

  func origin(at index: Int) -> PictureOrigin? { shard(of: index).index.origin(of: paths[index]) }
}
