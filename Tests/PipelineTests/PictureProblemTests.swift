import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Stages
import Synchronization
import Testing

/// What `inspect` finds wrong with pictures, whatever they show.
@Suite struct PictureProblemTests {
  private static let input = ImageSize(height: 32, width: 32)

  private static func grey(_ height: Int, _ width: Int, _ value: (_ y: Int, _ x: Int) -> Int) -> Image {
    Image(
      height: height, width: width, channels: 1,
      pixels: (0..<height * width).map { UInt8(value($0 / width, $0 % width)) })
  }

  /// Noise: as sharp as can be.
  private static func noise(_ height: Int, _ width: Int, seed: Int) -> Image {
    var random = Philox(seed: UInt64(seed))
    return grey(height, width) { _, _ in random.integer(below: 200) }
  }

  /// By hand: the Laplacian of a single point of 10 is −40 there and 10 beside it; their mean is −15 and their variance 625.
  @Test func theVarianceOfTheLaplacian() {
    let point = Self.grey(3, 4) { y, x in y == 1 && x == 1 ? 10 : 0 }
    let statistics = PictureStatistics(point, input: point.size)
    #expect(abs(statistics.sharpness - 625) < 1e-9)
    // Twelve pixels, of which one is 10: the mean is 10/12, the variance 100/12 − (10/12)².
    #expect(abs(statistics.deviation - (100.0 / 12 - 100.0 / 144).squareRoot()) < 1e-9)
    #expect(statistics.colour.allSatisfy { abs($0 - 10.0 / 12) < 1e-9 } && statistics.size == point.size)
    // A slope has none.
    #expect(
      PictureStatistics(Self.grey(6, 6) { y, x in 3 * y + 5 * x }, input: ImageSize(height: 6, width: 6)).sharpness == 0
    )
  }

  private static func found(_ odd: [Image], among count: Int = 40) -> [PictureProblems.Finding] {
    let usual = (0..<count).map { noise(30 + $0 % 3, 40 + $0 % 2, seed: $0) }
    return PictureProblems.findings((usual + odd).map { PictureStatistics($0, input: input) }, input: input)
  }

  @Test func usualPicturesAreNone() {
    #expect(Self.found([]) == [])
  }

  @Test func eachKindIsFoundAndNothingElse() {
    let sharp = Self.noise(30, 40, seed: 99)
    // As from a third of the size.
    let blurred = sharp.resized(to: ImageSize(height: 5, width: 7)).resized(to: sharp.size)
    let black = Self.grey(30, 40) { _, _ in 0 }
    let red = Image(height: 30, width: 40, channels: 3, pixels: (0..<1200).flatMap { _ in [UInt8(200), 16, 0] })
    let tiny = Self.noise(6, 8, seed: 98)
    let long = Self.noise(12, 120, seed: 97)
    let found = Self.found([blurred, black, red, tiny, long])
    func details(_ problem: Suspect.Problem) -> [Int: String] {
      Dictionary(uniqueKeysWithValues: found.filter { $0.problem == problem }.map { ($0.picture, $0.detail) })
    }
    #expect(details(.oneColour) == [41: "all black", 42: "all of one colour, #c81000"])
    #expect(details(.tiny) == [43: "8×6 pixels, stretched to 32×32"])
    #expect(details(.oddSize)[44] == "120×12 pixels, 10 : 1; most are about 1.3 : 1")
    #expect(details(.oddSize)[43] == "8×6 pixels; most are about 35 a side")
    #expect(Set(details(.oddSize).keys) == [43, 44], "a tiny one is of an odd size, too")
    #expect(details(.blurred)[40]?.hasPrefix("sharpness ") == true)
    #expect(details(.blurred).keys.allSatisfy { $0 >= 40 })
    #expect(found.allSatisfy { (0...1).contains($0.score) })
  }

  /// What is usual is what the data have: small pictures among small ones are none.
  @Test func allSmallPicturesAreUsual() {
    let digits = (0..<40).map { Self.noise(7, 7, seed: $0) }
    let input = ImageSize(height: 96, width: 96)
    #expect(PictureProblems.findings(digits.map { PictureStatistics($0, input: input) }, input: input) == [])
  }

  @Test func fewPicturesTellNothingOfWhatIsUsual() {
    let tiny = Self.noise(6, 8, seed: 98)
    let all = [tiny] + (0..<5).map { Self.noise(30, 40, seed: $0) } + [Self.grey(30, 40) { _, _ in 255 }]
    let found = PictureProblems.findings(
      all.map { PictureStatistics($0, input: Self.input) } + [nil], input: Self.input)
    #expect(found.map(\.detail) == ["all white"])
  }

  /// A JPEG that is decoded at an eighth is as large as it says.
  @Test func aJPEGSaysItsSize() throws {
    let large = Self.noise(600, 800, seed: 3)
    let bytes = try ImageEncoder.jpeg(large)
    #expect(ImageDecoder.storedSize(bytes) == large.size)
    #expect(try ImageDecoder.decode(bytes, for: Self.input).size != large.size)
    #expect(ImageDecoder.storedSize(try ImageEncoder.png(large)) == nil)
    #expect(ImageDecoder.storedSize(Array(bytes.prefix(30))) == nil)
  }

  private func inspect(_ cache: CacheFolder) throws -> (table: String, printed: String) {
    let lines = Mutex<[String]>([])
    try Inspection(
      of: cache, threads: 2, terminal: Terminal(quiet: false) { line in lines.withLock { $0.append(line) } }
    ).run()
    return (
      String(decoding: try Data(contentsOf: URL(fileURLWithPath: cache.suspects())), as: UTF8.self),
      lines.withLock { $0.joined(separator: "\n") }
    )
  }

  /// In a folder of pictures: the table has them, and the report shows them, whoever writes it.
  @Test func fromAFolderToTheReport() throws {
    let pipeline = try SmallPipeline()
    try Photographs(perClass: 12).write(to: pipeline.folder)
    try pipeline.folder.write(
      "photographs/train/cat/dark.png", Data(try ImageEncoder.png(Self.grey(30, 40) { _, _ in 0 })))
    try pipeline.folder.write(
      "photographs/valid/dog/strip.png", Data(try ImageEncoder.png(Self.noise(12, 150, seed: 5))))
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    try pipeline.extract()
    try pipeline.fitHead()
    let cache = pipeline.extraction.cache
    let (table, printed) = try inspect(cache)
    #expect(table.contains("\ncat/dark.png,train,one colour,cat,all black,0.0000\n"))
    #expect(table.contains("\ndog/strip.png,valid,odd size,dog,\"150×12 pixels, 13 : 1; most are about 1.3 : 1"))
    #expect(printed.contains("1 picture of one colour\n  train cat/dark.png: all black"))
    #expect(printed.contains("trained as \(cache.head) was: "))
    // fit-head finds nothing to do but the report.
    try pipeline.fitHead()
    let page = String(decoding: try pipeline.bytes("report.html"), as: UTF8.self)
    #expect(
      page.contains("id=\"suspects\"") && page.contains("Of one colour (1)") && page.contains("train cat/dark.png"))

    try FileManager.default.removeItem(atPath: pipeline.folder.file("photographs/train/cat/dark.png"))
    #expect(try !inspect(cache).table.contains("dark.png,train,one colour"), "what is gone is not looked at")
    try FileManager.default.removeItem(atPath: pipeline.folder.file("photographs"))
    #expect(try !inspect(cache).table.contains("one colour"))
  }

  /// The folds that judge the labels are trained as the chosen head was.
  @Test func theHeadsOwnRecipe() throws {
    let caches = try MadeUpCaches()
    caches.fitting.heads = HeadRequest(designs: [.hidden([16])], dropouts: [0.3])
    caches.fitting.training.labelSmoothing = 0.1
    caches.fitting.training.seed = 7
    try caches.fitHead()
    let head = try HeadFile(caches.fitting.cache.head)
    #expect(head.recipe?.design == .hidden([16]) && head.recipe?.dropout == 0.3)
    _ = try inspect(caches.fitting.cache)
    let folds = try caches.heads().filter { $0.contains("-fold") }.map {
      try HeadFile(caches.fitting.cache.head(named: $0))
    }
    #expect(folds.count == 5)
    for fold in folds {
      #expect(fold.spec.head == head.spec.head && fold.spec.training == head.spec.training && fold.spec.fold != nil)
    }
  }

  @Test(arguments: HeadDesign.named + [.hidden([24]), .hidden([128, 64])])
  func anyHeadTellsItsRecipe(design: HeadDesign) throws {
    let caches = try MadeUpCaches()
    caches.fitting.heads = HeadRequest(designs: [design], dropouts: [0.6])
    try caches.fitHead()
    let recipe = try #require(try HeadFile(caches.fitting.cache.head).recipe)
    #expect(recipe.dropout == 0.6 && recipe.schedule == caches.fitting.training.schedules[0] && recipe.seed == 2)
    // keras and fastai-augmented are the same layers.
    #expect(recipe.design.units == design.units && recipe.design.dropoutRates(0.6) == design.dropoutRates(0.6))
  }
}
