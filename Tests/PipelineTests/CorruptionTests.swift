import CHDF5
import Console
import Core
import FeatureStore
import Foundation
import HDF5
import Testing

/// A flipped byte anywhere in a cache is reported, or changes nothing of what is read.
@Suite struct CorruptionTests {
  /// Everything that is read of a cache.
  private struct Content: Equatable {
    let attributes: [String: String]
    let labelNames: [String]
    let classes: [[Int32]?]
    let filenames: [String]
    let digests: [ContentDigest]
    let features: [Float]

    init(of path: String, pool: WorkerPool) throws {
      let cache = try FeatureCache(path)
      try cache.verify(pool: pool)
      attributes = cache.attributes
      labelNames = cache.labelNames
      (classes, filenames, digests) = (try cache.classes(), try cache.filenames(), try cache.digests())
      features = try cache.features.read(Float.self)
    }
  }

  /// Every third byte; 200 of the features' chunk. (All bytes were tried, too: that takes a minute.)
  @Test(arguments: [Compression.deflate, .none])
  func aFlippedByteIsReportedOrHarmless(compression: Compression) throws {
    let pipeline = try SmallPipeline()
    pipeline.extraction.storage.compression = compression
    try pipeline.extract()
    let whole = try pipeline.bytes("test.h5")
    let path = pipeline.folder.file("cache/test.h5")
    let chunk = Data(try HDF5File.open(path).dataset("features").readChunk(atRow: 0).bytes)
    let chunkRange = try #require(whole.range(of: chunk))
    let pool = WorkerPool(threads: 1)
    let expected = try Content(of: path, pool: pool)
    var (reported, harmless) = (0, 0)
    let masks: [UInt8] = [0x01, 0xFF, 0x80, 0x10]
    let chunkStep = max(1, chunkRange.count / 200)
    for position in whole.indices where position % (chunkRange.contains(position) ? chunkStep : 3) == 0 {
      var damaged = whole
      damaged[position] ^= masks[position % masks.count]
      try damaged.write(to: URL(fileURLWithPath: path))
      do {
        #expect(try Content(of: path, pool: pool) == expected, "byte \(position)")
        harmless += 1
      } catch {
        #expect(!"\(error)".contains("\n") && "\(error)".contains("test.h5: "), "byte \(position): \(error)")
        #expect(!chunkRange.contains(position) || "\(error)".contains("/features: rows 0 to 9 are damaged"))
        reported += 1
      }
    }
    #expect(reported > 500, "\(reported) reported, \(harmless) harmless")
  }

  /// Damage in each data set is reported with its name and rows by the stage that reads it.
  @Test(arguments: ["labels", "label_names", "features"])
  func fitHeadNamesTheDataSet(name: String) throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    try damage(name, in: "train.h5", of: pipeline)
    #expect { try pipeline.fitHead() } throws: {
      "\($0)".contains("train.h5: /\(name): rows 0 to ") && "\($0)".contains("; run ./pipeline.sh extract --repair")
    }
    #expect(try !pipeline.names().contains { $0.hasPrefix("head") })
    pipeline.extraction.execution.repair = true
    try pipeline.extract()
    try pipeline.fitHead()
  }

  @Test(arguments: ["filenames", "features"])
  func submitNamesTheDataSet(name: String) throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    try pipeline.fitHead()
    try damage(name, in: "test.h5", of: pipeline)
    #expect { try pipeline.submit() } throws: { "\($0)".contains("test.h5: /\(name): rows 0 to 9 are damaged") }
    #expect(try !pipeline.names().contains("submission.csv"))
  }

  /// A cache with the right key, and not all rows, is not up to date.
  @Test func rowsThatAreMissing() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    let whole = try pipeline.bytes("train.h5")
    let path = pipeline.folder.file("cache/train.h5")
    Library.locked {
      let file = H5Fopen(path, chdf5_open_read_write(), chdf5_default())
      for name in ["features", "labels", "filenames", "digests", "augmentation"] {
        let dataset = H5Dopen2(file, name, chdf5_default())
        let space = H5Dget_space(dataset)
        var extent = [hsize_t](repeating: 0, count: 4)
        H5Sget_simple_extent_dims(space, &extent, nil)
        extent[0] -= 1
        #expect(H5Dset_extent(dataset, extent) >= 0)
        H5Sclose(space)
        H5Dclose(dataset)
      }
      #expect(H5Fclose(file) >= 0)
    }
    #expect(
      try pipeline.explanation().contains(
        "train.h5: to be made: it has 32 rows of 32 images, and not of 33; 1 image to compute, the features of 32 are there"
      ))
    try pipeline.extract()
    #expect(try pipeline.bytes("train.h5") == whole)
  }

  /// Flips a byte in the middle of a data set's first chunk.
  private func damage(_ name: String, in file: String, of pipeline: SmallPipeline) throws {
    var bytes = try pipeline.bytes(file)
    let dataset = try HDF5File.open(pipeline.folder.file("cache/" + file)).dataset(name)
    try #require(dataset.rowCount > 0)
    let range = try #require(bytes.range(of: Data(try dataset.readChunk(atRow: 0).bytes), options: .backwards))
    bytes[range.lowerBound + range.count / 2] ^= 0x10
    try pipeline.folder.write("cache/" + file, bytes)
  }
}
