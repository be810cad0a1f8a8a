import Classification
import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Storage
import Support
import SystemPackage
import Weights

/// `extract --preview`: a contact sheet of what goes into the network, a few images of each class, decoded, resized,
/// preprocessed, and made displayable by the way back. Turned, squashed, mislabelled or wrongly coloured images are seen
/// here in a second, and after the extraction only in its accuracy.
public struct Preview {
  private let source: DataSource
  private let features: FeatureRequest
  private let passes: SplitPasses
  private let cache: CacheFolder
  private let terminal: Terminal

  /// At most so many images a class, and so many classes.
  private static let columnCount = 6
  private static let mostRows = 24
  /// Of augmented images; they stand below the images themselves.
  private static let mostPasses = 2
  /// Large images make fewer rows: a sheet of more pixels opens nowhere.
  private static let mostPixels = 40_000_000

  /// - Parameters:
  ///   - source: the images.
  ///   - features: what would be computed of each.
  ///   - passes: over augmented images.
  ///   - cache: the folder that gets the sheet.
  ///   - terminal: told what is on it.
  public init(
    of source: DataSource, _ features: FeatureRequest = FeatureRequest(), passes: SplitPasses = SplitPasses(),
    into cache: CacheFolder, terminal: Terminal
  ) {
    (self.source, self.features, self.passes, self.cache) = (source, features, passes, cache)
    self.terminal = terminal
  }

  /// Images that make a row of the sheet.
  private struct Strip {
    let label: String
    let split: Split
    /// Of the split.
    let rows: [Int]
    /// 0 for the images themselves.
    let pass: Int
  }

  /// Writes the sheet and says what is on it.
  ///
  /// - Throws: `PipelineError`, or an error of the module that met the bad input.
  public func run() throws {
    let dataset = try ImageDataset.recognised(source, terminal: terminal)
    let size = try features.size(for: dataset)
    let (weights, preprocessing) = try PublishedWeights.recognised(features, in: cache, terminal: terminal)
    if let wanted = weights.preprocessing, wanted != preprocessing {
      terminal.warn("these weights want --preprocessing \(wanted.name), not \(preprocessing.name)")
    }
    let strips = strips(of: dataset, size: size)
    var levels = ChannelLevels(order: preprocessing.order)
    let rows = try strips.map { strip in
      let preparation = InputPreparation(size: size, resizing: features.resizing, preprocessing: preprocessing)
      let loader = ImageLoader(dataset: dataset, split: strip.split, preparation: preparation)
      let images = try strip.rows.map { try image($0, pass: strip.pass, loader, &levels) }
      return ContactSheet.Row(label: strip.label, images: images)
    }
    let title = "\(size.width)x\(size.height), \(features.resizing), \(preprocessing.name)"
    let sheet = ContactSheet(title: title, rows: rows, size: size, columnCount: Self.columnCount)
    try prepareFolder(cache.path)
    try AtomicFile.replace(cache.preview, with: try ImageEncoder.png(sheet.picture))
    report(strips, of: dataset, preprocessing: preprocessing, levels: levels)
  }

  /// An image after all that is done to it, as it can be displayed; nil where it can't be decoded.
  private func image(
    _ row: Int, pass: Int, _ loader: ImageLoader, _ levels: inout ChannelLevels
  ) throws -> Image? {
    let preparation = loader.preparation
    do {
      let content = try loader.dataset.content(loader.split, row)
      let augmentation = passes[loader.split].augmentation(
        of: ContentDigest(ofImage: content), pass: pass, size: preparation.size)
      let values = try [Float](unsafeUninitializedCapacity: preparation.length) { buffer, count in
        let target = UnsafeMutableBufferPointer(rebasing: buffer[..<preparation.length])
        try loader.fill(target, with: row, content: content, augmentation: augmentation)
        count = preparation.length
      }
      levels.add(values)
      return preparation.preprocessing.image(from: values, size: preparation.size)
    } catch {
      terminal.warn("\(loader.split.rawValue)/\(loader.dataset.examples(in: loader.split)[row].name): \(error)")
      return nil
    }
  }

  // MARK: - Which images

  /// Strips for each class of the training images, and for the test images.
  private func strips(of dataset: ImageDataset, size: ImageSize) -> [Strip] {
    let most = max(2, min(Self.mostRows, Self.mostPixels / (Self.columnCount * size.height * size.width)))
    let passes = min(self.passes.train.count, Self.mostPasses)
    let known = dataset.examples(in: .train).map { $0.classes ?? [] }
    let classes = dataset.labelNames.indices.spread(max(2, most / (1 + passes))).flatMap { label in
      strips(dataset.labelNames[label], of: known.indices.filter { known[$0].contains(Int32(label)) }, in: .train)
    }
    let test = dataset.examples(in: .test)
    return classes + (test.isEmpty ? [] : strips("test", of: Array(test.indices), in: .test))
  }

  /// A strip of some of the rows, and one for each of the first augmented passes over them.
  private func strips(_ label: String, of rows: [Int], in split: Split) -> [Strip] {
    let shown = rows.spread(Self.columnCount)
    return (0...min(passes[split].count, Self.mostPasses)).map { pass in
      let detail = pass == 0 ? grouped(rows.count) : "augmented, pass \(pass)"
      return Strip(label: "\(label) (\(detail))", split: split, rows: shown, pass: pass)
    }
  }

  // MARK: - What is said of it

  private func report(
    _ strips: [Strip], of dataset: ImageDataset, preprocessing: Preprocessing, levels: ChannelLevels
  ) {
    let classCount = strips.count { $0.split == .train && $0.pass == 0 }
    let all = dataset.labelNames.count
    let classes = classCount < all ? "\(classCount) of \(grouped(all)) classes" : count(all, "class", plural: "classes")
    terminal.print("\(cache.preview): up to \(Self.columnCount) images of \(classes), as VGG16 sees them")
    let rows = strips.enumerated().map { index, strip in
      let examples = dataset.examples(in: strip.split)
      return [
        "\(index + 1)", strip.label.printable,
        strip.rows.map { (FilePath(examples[$0].name).lastComponent?.string ?? "").printable }.joined(separator: "  "),
      ]
    }
    for line in aligned([["row", "class", "images"]] + rows) { terminal.note("  " + line) }
    terminal.note("preprocessing \(preprocessing)")
    for line in levels.lines { terminal.note("  " + line) }
  }
}

/// What range the values of each channel take: about zero in the mean is what networks were trained on.
private struct ChannelLevels {
  private let names: [String]
  private var least = [Float](repeating: .infinity, count: 3)
  private var greatest = [Float](repeating: -.infinity, count: 3)
  private var sums = [Double](repeating: 0, count: 3)
  private var count = 0

  init(order: Preprocessing.ChannelOrder) {
    names = order == .rgb ? ["red", "green", "blue"] : ["blue", "green", "red"]
  }

  mutating func add(_ values: [Float]) {
    for (index, value) in values.enumerated() {
      let channel = index % 3
      least[channel] = min(least[channel], value)
      greatest[channel] = max(greatest[channel], value)
      sums[channel] += Double(value)
    }
    count += values.count / 3
  }

  var lines: [String] {
    let rows = names.indices.map { channel in
      [
        names[channel], fixed(least[channel], 2), fixed(sums[channel] / Double(max(count, 1)), 2),
        fixed(greatest[channel], 2),
      ]
    }
    return aligned([["channel", "least", "mean", "greatest"]] + rows, firstNumber: 1)
  }
}
