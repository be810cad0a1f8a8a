import CHDF5
import Console
import Foundation
import HDF5
import Stages
import Storage
import Testing
import Weights

/// HDF5 files that are well-formed and mean no good: one line each, in under a second, and nothing is waited for.
@Suite struct HostileFileTests {
  /// What takes a data set's place.
  enum Trick: String, CaseIterable, CustomTestStringConvertible {
    case hugeMap, manyRows, manyChunks, hugeChunk, externalStorage, virtualFromPipe, linkToPipe, looseLink, circle,
      group

    var testDescription: String { rawValue }
  }

  static let tricks = Trick.allCases

  @Test(arguments: tricks, ["features", "labels", "label_names", "skipped"])
  func aCache(trick: Trick, dataset: String) throws {
    let caches = try MadeUpCaches()
    try play(trick, on: dataset, of: caches.folder.file("cache/train.h5"), in: caches.folder)
    try expectLine("train.h5") { try caches.fitHead() }
  }

  @Test(
    arguments: tricks,
    ["validation/probabilities", "validation/labels", "images/trained_on", "history/loss", "layers/dense/vars/0"])
  func aHead(trick: Trick, dataset: String) throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    try play(trick, on: dataset, of: caches.folder.file("cache/head.weights.h5"), in: caches.folder)
    try expectLine("head.weights.h5") { try caches.submit() }
  }

  /// A value of an attribute or a data set that no head of ours has.
  @Test(arguments: [
    ("best_epoch", [Int64.min]), ("best_epoch", [.max]), ("best_epoch", [0]), ("input_shape", [1 << 62, 1 << 62, 4]),
    ("input_shape", [1 << 20, 1 << 20, 512]), ("input_shape", [-2, -2, 8]), ("input_shape", [0, 0, 0]),
    ("class_prior", [-1, 1, 1]),
  ])
  func aHeadsAttribute(name: String, values: [Int64]) throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    try raw(caches.folder.file("cache/head.weights.h5")) { file in
      H5Adelete(file, name)
      writeAttribute(name, values, of: file)
    }
    try expectLine("head.weights.h5") { try caches.submit() }
  }

  /// Layers that no head has, in a file whose key and digest are right.
  @Test(arguments: [
    ("\"units\":128", "\"units\":9223372036854775807"), ("\"units\":128", "\"units\":-1"),
    ("\"units\":128", "\"units\":65536"),
    ("\"rate\":0.1", "\"rate\":-9e30"), ("\"rate\":0.1", "\"rate\":1e999"),
    ("\"height\":2", "\"height\":4611686018427387904"),
    ("\"softmax\"", "\"relu\""), ("\"layers\":[", "\"layers\":[{\"flatten\":{}},"), ("\"cut\":", "\"cat\":"), ("{", ""),
  ])
  func aHeadsSpecification(part: String, replacement: String) throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    let path = caches.folder.file("cache/head.weights.h5")
    let text = try HDF5File.open(path).attribute("specification", as: String.self)
    try #require(text.contains(part))
    let changed = text.replacing(part, with: replacement)
    let key = SHA256.hash(data: Data(changed.utf8)).map { String(format: "%02x", $0) }.joined()
    try raw(path) { file in
      writeText("specification", changed, of: file)
      writeText("head_key", key, of: file)
    }
    try sealHead(path)
    try expectLine("head.weights.h5") { try caches.submit() }
  }

  @Test(arguments: [
    "validation/probabilities", "history/val_loss", "layers/dense/vars/0", "layers/batch_normalization/vars/3",
  ])
  func aHeadsNumbersAreNone(dataset: String) throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    let path = caches.folder.file("cache/head.weights.h5")
    let count = try HDF5File.open(path).dataset(dataset).count
    for value in [Float.nan, .infinity, -1e30]
    where value != -1e30 || dataset.hasPrefix("validation") || dataset.hasSuffix("/3") {
      try fill(dataset, of: path, count: count, with: value)
      try expectLine("head.weights.h5") { try caches.submit() }
    }
  }

  /// Numbers, but what is computed from them is none.
  @Test func aHeadsNumbersAreTooLarge() throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    let path = caches.folder.file("cache/head.weights.h5")
    for dataset in ["layers/dense/vars/0", "layers/dense_1/vars/0"] {
      try fill(dataset, of: path, count: try HDF5File.open(path).dataset(dataset).count, with: 3e38)
    }
    try sealHead(path)
    try expectLine("too large to give probabilities") { try caches.submit() }
  }

  private func fill(_ dataset: String, of path: String, count: Int, with value: Float) throws {
    try raw(path) { file in
      let id = H5Dopen2(file, dataset, chdf5_default())
      H5Dwrite(id, chdf5_float32(), chdf5_all(), chdf5_all(), chdf5_default(), [Float](repeating: value, count: count))
      H5Dclose(id)
    }
  }

  @Test(arguments: [Int64.min, 0, 1 << 62])
  func aManifestOfSoManyShards(count: Int64) throws {
    let pipeline = try SmallPipeline()
    try pipeline.prepareShards()
    try raw(pipeline.folder.file("cache/manifest.h5")) { file in
      H5Adelete(file, "shards")
      writeAttribute("shards", [count], of: file)
    }
    try expectLine("manifest.h5") { try pipeline.join() }
  }

  @Test(arguments: tricks)
  func aManifest(trick: Trick) throws {
    let pipeline = try SmallPipeline()
    try pipeline.prepareShards()
    try play(trick, on: "train/labels", of: pipeline.folder.file("cache/manifest.h5"), in: pipeline.folder)
    try expectLine("manifest.h5") { try pipeline.join() }
  }

  /// Parts that can't be read are left out, and what they had is computed.
  @Test func partsOfAllKinds() throws {
    let pipeline = try SmallPipeline()
    let parts = pipeline.folder.file("cache/train.parts")
    try FileManager.default.createDirectory(atPath: parts + "/c.h5", withIntermediateDirectories: true)
    mkfifo(parts + "/a.h5", 0o600)
    try FileManager.default.createSymbolicLink(atPath: parts + "/b.h5", withDestinationPath: "/dev/zero")
    let start = ContinuousClock.now
    try pipeline.extract()
    #expect(ContinuousClock.now - start < .seconds(60))
  }

  /// What is no regular file in the place of each of the files.
  @Test(arguments: ["pipe", "folder", "device"])
  func noFileAtAll(kind: String) throws {
    for name in ["train.h5", "head.weights.h5", "test.h5"] {
      let caches = try MadeUpCaches()
      try caches.fitHead()
      let path = caches.folder.file("cache/" + name)
      try put(kind, at: path)
      try expectLine(name) { if name == "train.h5" { try caches.fitHead() } else { try caches.submit() } }
    }
    let folder = try TemporaryFolder()
    try put(kind, at: folder.file("weights.h5"))
    try expectLine("weights.h5") { _ = try PublishedWeights.read(contentsOf: folder.file("weights.h5")) }
  }

  @Test(arguments: tricks)
  func weights(trick: Trick) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("vgg16.weights.h5")
    let file = try HDF5File.create(path)
    for (layer, channels) in [(3, 64), (64, 64)].enumerated() {
      let name = "layers/conv2d" + (layer == 0 ? "" : "_\(layer)")
      try file.createDataset("\(name)/vars/0", .float32, shape: [3, 3, channels.0, channels.1])
        .write([Float](repeating: 0, count: 9 * channels.0 * channels.1))
      try file.createDataset("\(name)/vars/1", .float32, shape: [channels.1])
        .write([Float](repeating: 0, count: channels.1))
    }
    try file.close()
    try play(trick, on: "layers/conv2d/vars/0", of: path, in: folder)
    try expectLine("vgg16.weights.h5") { _ = try PublishedWeights.read(contentsOf: path) }
  }

  // MARK: - Tricks

  /// Puts something else in a data set's place.
  private func play(_ trick: Trick, on dataset: String, of path: String, in folder: TemporaryFolder) throws {
    let pipe = folder.file("pipe")
    mkfifo(pipe, 0o600)
    try raw(path) { file in
      H5Ldelete(file, dataset, chdf5_default())
      switch trick {
      case .hugeMap: create(dataset, [1, 1 << 20, 1 << 20, 4], in: file)
      case .manyRows: create(dataset, [1 << 40], in: file)
      case .manyChunks: create(dataset, [1 << 24], chunk: [1], in: file)
      case .hugeChunk: create(dataset, [2, 1 << 14, 1 << 14, 2], chunk: [1, 1 << 14, 1 << 14, 2], in: file)
      case .externalStorage: create(dataset, [8], in: file) { H5Pset_external($0, pipe, 0, 32) }
      case .virtualFromPipe:
        create(dataset, [8], in: file) { creation in
          var extent: hsize_t = 8
          let space = H5Screate_simple(1, &extent, nil)
          H5Pset_virtual(creation, space, pipe, "/x", space)
          H5Sclose(space)
        }
      case .linkToPipe: H5Lcreate_external(pipe, "/x", file, dataset, chdf5_default(), chdf5_default())
      case .looseLink: H5Lcreate_soft("/nothing", file, dataset, chdf5_default(), chdf5_default())
      case .circle: H5Lcreate_soft("/" + dataset, file, dataset, chdf5_default(), chdf5_default())
      case .group: H5Gclose(H5Gcreate2(file, dataset, chdf5_default(), chdf5_default(), chdf5_default()))
      }
    }
  }

  private func create(
    _ name: String, _ shape: [hsize_t], chunk: [hsize_t]? = nil, in file: hid_t, _ prepare: (hid_t) -> Void = { _ in }
  ) {
    let space = H5Screate_simple(Int32(shape.count), shape, nil)
    let creation = H5Pcreate(chdf5_dataset_create())
    if let chunk {
      H5Pset_chunk(creation, Int32(chunk.count), chunk)
      H5Pset_deflate(creation, 1)
      H5Pset_fletcher32(creation)
    }
    prepare(creation)
    let dataset = H5Dcreate2(file, name, chdf5_float32(), space, chdf5_default(), creation, chdf5_default())
    #expect(dataset >= 0)
    H5Dclose(dataset)
    H5Pclose(creation)
    H5Sclose(space)
  }

  private func writeAttribute(_ name: String, _ values: [Int64], of file: hid_t) {
    var extent = hsize_t(values.count)
    let space = values.count == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &extent, nil)
    let attribute = H5Acreate2(file, name, chdf5_int64(), space, chdf5_default(), chdf5_default())
    #expect(H5Awrite(attribute, chdf5_int64(), values) >= 0)
    H5Aclose(attribute)
    H5Sclose(space)
  }

  private func put(_ kind: String, at path: String) throws {
    try? FileManager.default.removeItem(atPath: path)
    switch kind {
    case "pipe": #expect(mkfifo(path, 0o600) == 0)
    case "folder": try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    default: try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
    }
  }

  /// - Parameter name: of the file, which the message must name.
  private func expectLine(_ name: String, body: () throws -> Void) throws {
    let start = ContinuousClock.now
    do {
      try body()
      Issue.record("was not refused")
    } catch {
      #expect("\(error)".contains(name) && !"\(error)".contains("\n"), "\(error)")
    }
    // A second, on a machine that does nothing else.
    #expect(ContinuousClock.now - start < .seconds(10))
  }
}

extension SmallPipeline {
  /// Lists the images for two shards.
  fileprivate func prepareShards() throws {
    try extraction.extraction().prepare(shardCount: 2)
  }

  fileprivate func join() throws { try extraction.extraction().join() }
}
