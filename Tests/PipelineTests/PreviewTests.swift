import Console
import Core
import Datasets
import Foundation
import Stages
import Synchronization
import Testing

/// extract --preview.
@Suite struct PreviewTests {
  /// Runs it; returns the sheet and what was printed.
  private func preview(_ pipeline: SmallPipeline) throws -> (sheet: Image, lines: String) {
    let lines = Mutex<[String]>([])
    try pipeline.extraction.preview(Terminal(quiet: false) { line in lines.withLock { $0.append(line) } }).run()
    let sheet = try ImageDecoder.decode([UInt8](try pipeline.bytes("preview.png")))
    return (sheet, lines.withLock { $0.joined(separator: "\n") })
  }

  @Test func theSheetShowsWhatTheNetworkSees() throws {
    let pipeline = try SmallPipeline()
    let (sheet, lines) = try preview(pipeline)
    #expect(sheet.width == 6 + 6 * (32 + 6))
    // The first image of the first row: the first drawing of the class 0.
    let source = pipeline.extraction.source
    let dataset = try ImageDataset.open(#require(source.path), options: source.options)
    let row = try #require(dataset.examples(in: .train).firstIndex { $0.label == 0 })
    let seen = try dataset.image(.train, row).resized(to: ImageSize(height: 32, width: 32)).rgb
    #expect(find(seen, in: sheet, left: 6) != nil)
    #expect(lines.contains("up to 6 images of 3 classes") && lines.contains("test (10)"))
    #expect(lines.contains("preprocessing caffe: bgr") && lines.contains("channel"))
    #expect(try pipeline.names() == ["preview.png"], "nothing else is written")
  }

  @Test func anImageThatCannotBeDecodedLeavesAGap() throws {
    let pipeline = try SmallPipeline()
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    try Photographs(perClass: 6).write(to: pipeline.folder)
    let whole = try preview(pipeline).sheet
    try pipeline.folder.write("photographs/train/cat/cat0.jpg", Data("no picture".utf8))
    let broken = try preview(pipeline).sheet
    #expect(broken.size == whole.size && broken != whole)
    let gap = Image(height: 32, width: 32, channels: 3, pixels: [UInt8](repeating: 225, count: 32 * 32 * 3))
    #expect(find(gap, in: broken, left: 6) != nil && find(gap, in: whole, left: 6) == nil)
  }

  @Test func augmentedPassesStandBelowTheImages() throws {
    let pipeline = try SmallPipeline()
    let plain = try preview(pipeline).sheet
    pipeline.extraction.passes.train.count = 3
    let (sheet, lines) = try preview(pipeline)
    #expect(lines.contains("0 (augmented, pass 1)") && lines.contains("2 (augmented, pass 2)"))
    #expect(!lines.contains("pass 3") && !lines.contains("test (augmented"))
    #expect(sheet.height > plain.height)
  }

  /// The top of an image that stands at a column of the sheet.
  private func find(_ image: Image, in sheet: Image, left: Int) -> Int? {
    (0...sheet.height - image.height).first { top in
      (0..<image.height).allSatisfy { row in
        let start = ((top + row) * sheet.width + left) * 3
        let length = image.width * 3
        return sheet.pixels[start..<start + length].elementsEqual(image.pixels[row * length..<(row + 1) * length])
      }
    }
  }
}
