import Core
import Datasets
import FeatureStore
import Foundation
import Report
import Testing

/// The report shows images where they still are what they were.
@Suite struct ReportImageTests {
  private func photographs() throws -> SmallPipeline {
    let pipeline = try SmallPipeline()
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    pipeline.extraction.features.layer = "block5_pool"
    try Photographs(perClass: 12).write(to: pipeline.folder)
    return pipeline
  }

  private func report(_ pipeline: SmallPipeline) throws -> String {
    String(decoding: try pipeline.bytes("report.html"), as: UTF8.self)
  }

  /// Makes fit-head write another report of the same head.
  private func rewritten(_ pipeline: SmallPipeline) throws -> String {
    try FileManager.default.removeItem(atPath: pipeline.folder.file("cache/report.html"))
    try pipeline.fitHead()
    return try report(pipeline)
  }

  @Test func imagesAreInThePageAndMissingOnesAreNamed() throws {
    let pipeline = try photographs()
    try pipeline.extract()
    try pipeline.fitHead()
    let whole = try report(pipeline)
    // Each of the six is right or wrong, and those that are not certain are shown once more.
    let predictions = try HeadFile(pipeline.fitting.cache.head).validation
    let uncertain = predictions.labels.indices.count { row in
      predictions.probabilities[2 * row..<2 * row + 2].max()! < 0.8
    }
    let pictures = whole.matches(of: /src="data:image\/png;base64,[A-Za-z0-9+\/=]+" class="pixels"/)
    #expect(predictions.labels.count == 6 && pictures.count == 6 + uncertain)
    #expect(
      !whole.contains("class=\"missing\"") && !whole.contains(pipeline.folder.file("")), "no path of this machine")

    let images = Photographs(perClass: 12)
    try pipeline.folder.write("photographs/valid/cat/0.jpg", images.jpeg("valid/cat/0.jpg", version: 1))
    try FileManager.default.removeItem(atPath: pipeline.folder.file("photographs/valid/dog/1.jpg"))
    let changed = try rewritten(pipeline)
    #expect(changed.contains(">image changed<") && changed.contains(">image is gone<"))
    #expect(changed.contains("src=\"data:image/png"), "the others are still shown")

    try FileManager.default.removeItem(atPath: pipeline.folder.file("photographs"))
    let gone = try rewritten(pipeline)
    #expect(gone.contains("No images are shown: ") && gone.contains("no such file or folder"))
    #expect(!gone.contains("src=\"data:") && gone.contains("true: cat"))
  }

  @Test func rowsOfATableAreShownAndSkippedFilesAreListed() throws {
    let table = try SmallPipeline()
    try table.runAll()
    #expect(try report(table).contains("src=\"data:image/png;base64,"))

    let pipeline = try photographs()
    pipeline.extraction.source.maxSkipped = 0.5
    try pipeline.folder.write("photographs/train/dog/dog0.jpg", Data("no picture".utf8))
    try pipeline.runAll()
    let page = try report(pipeline)
    let reason = "not a \(ImageDecoder.formats) picture"
    #expect(page.contains("<td>train</td><td class=\"file\">dog/dog0.jpg</td><td>\(reason)</td>"))
    #expect(page.contains("23 training (and 1 skipped)"))
  }

  @Test func largePhotographsBecomeThumbnails() throws {
    let large = Image(
      height: 300, width: 600, channels: 3, pixels: (0..<540_000).map { UInt8(truncatingIfNeeded: $0 / 3000) })
    let uri = try DataURI(thumbnailOf: large, side: 192, smallSide: 64)
    let data = try #require(Data(base64Encoded: String(uri.description.dropFirst("data:image/jpeg;base64,".count))))
    #expect(try ImageDecoder.decode(Array(data)).size == ImageSize(height: 96, width: 192))
    #expect(!uri.isPixelated)
  }
}

/// Where the images were is remembered beside the caches, and decides nothing.
@Suite struct ImageSourceTests {
  @Test func optionsAndPathsComeBack() throws {
    let folder = try TemporaryFolder()
    let cache = CacheFolder(folder.file(""))
    try Photographs(perClass: 20).write(to: folder)
    var options = DatasetOptions(seed: 5, validFraction: 0.3, testFraction: 0.25)
    options.limit = 10
    let path = folder.file("photographs/train")
    let source = ImageSource(data: path, options: options)
    source.save(in: cache)
    #expect(ImageSource(cache) == source)
    let opened = try #require(ImageSource(cache)).open(in: cache)
    let expected = try ImageDataset.open(path, options: options)
    for split in Split.allCases {
      #expect(opened.examples(in: split) == expected.examples(in: split) && !opened.examples(in: split).isEmpty)
    }
    #expect(ImageSource(CacheFolder(folder.file("nothing"))) == nil)
  }
}
