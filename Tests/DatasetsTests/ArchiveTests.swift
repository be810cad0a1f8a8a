import Core
import Datasets
import Foundation
import Testing

@Suite("Archives of pictures")
struct ArchiveTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What Fixtures/make_archives.py puts into all archives.
  private static func picture(_ number: Int) -> [UInt8] {
    Array("P6\n2 2\n255\n".utf8) + [UInt8](repeating: UInt8(number), count: 12)
  }

  /// The same pictures in a folder.
  private func unpacked() throws -> ImageDataset {
    for number in 0..<20 {
      let name = number < 10 ? "0\(number)" : "\(number)"
      try folder.write("train/\(number % 2 == 1 ? "cat" : "dog")/\(name).ppm", Self.picture(number))
    }
    try folder.write("train/cat/\(String(repeating: "n", count: 146)).ppm", Self.picture(20))
    for number in 30..<34 { try folder.write("test/\(number).ppm", Self.picture(number)) }
    return try ImageDataset.open(folder.path)
  }

  @Test(
    "is the unpacked folder: the same names, labels, splits and bytes",
    arguments: ["photos.zip", "kaggle.zip", "photos.tar", "photos.tar.gz"])
  func equalsFolder(name: String) throws {
    let expected = try unpacked()
    let data = try ImageDataset.open(fixturePath(name))
    #expect(data.kind == .folders)
    #expect(data.labelNames == ["cat", "dog"])
    for split in Split.allCases {
      let examples = data.examples(in: split)
      #expect(examples == expected.examples(in: split))
      for index in examples.indices {
        #expect(try data.content(split, index) == expected.content(split, index))
        #expect(try data.image(split, index) == expected.image(split, index))
      }
    }
    #expect(data.examples(in: .test).count == 4)
  }

  @Test("a link that leads nowhere is what it is in the unpacked folder")
  func danglingLink() throws {
    for number in 0..<8 {
      try folder.write("photos/\(number % 2 == 1 ? "cat" : "dog")/\(number).ppm", Self.picture(number))
    }
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/photos/cat/link.ppm", withDestinationPath: "../gone/9.ppm")
    let tar = Process()
    tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    tar.arguments = ["tar", "-C", folder.path, "-cf", "\(folder.path)/photos.tar", "photos"]
    try tar.run()
    tar.waitUntilExit()
    let (unpacked, data) = try (
      ImageDataset.open("\(folder.path)/photos"), ImageDataset.open("\(folder.path)/photos.tar")
    )
    let places = Split.allCases.flatMap { split in data.examples(in: split).indices.map { (split, $0) } }
    #expect(places.count == 9)
    for (split, row) in places {
      #expect(data.examples(in: split)[row] == unpacked.examples(in: split)[row])
      let content = try data.content(split, row)
      #expect(content == (try unpacked.content(split, row)))
      guard data.examples(in: split)[row].name == "cat/link.ppm" else { continue }
      #expect(content == Array("../gone/9.ppm".utf8))
      #expect { try data.image(split, row) } throws: { "\($0)".hasSuffix("cat/link.ppm: a link that leads nowhere") }
    }
  }

  @Test("a table of labels lies in the archive, or beside it")
  func table() throws {
    let rows = (0..<20).map { "\($0 < 10 ? "0" : "")\($0),\($0 % 2 == 1 ? "odd" : "even")\n" }.joined()
    try folder.write("labels.csv", "id,label\n\(rows)\(String(repeating: "n", count: 146)),even\n")
    var options = DatasetOptions()
    options.labels = "\(folder.path)/labels.csv"
    let data = try ImageDataset.open(fixturePath("photos.zip"), options: options)
    #expect(data.labelNames == ["even", "odd"])
  }

  @Test("class folders in the one folder that an archive is made of")
  func wrapped() throws {
    let data = try ImageDataset.open(fixturePath("wrapped.zip"))
    #expect(data.labelNames == ["cat", "dog"])
    let names = Split.allCases.flatMap { data.examples(in: $0).map(\.name) }
    #expect(names.count == 20 && names.allSatisfy { $0.hasPrefix("cat/") || $0.hasPrefix("dog/") })
  }

  @Test("entries are read by many threads at once")
  func parallel() throws {
    let data = try ImageDataset.open(fixturePath("photos.zip"))
    let count = data.examples(in: .train).count
    DispatchQueue.concurrentPerform(iterations: 400) { index in
      let image = try? data.image(.train, index % count)
      #expect(image?.size == ImageSize(height: 2, width: 2))
    }
  }

  @Test("shards of WebDataset's in a folder: splits by their names")
  func webDataset() throws {
    for name in ["train-0.tar", "train-1.tar", "val-0.tar"] { try folder.write(name, fixture(name)) }
    let data = try ImageDataset.open(folder.path)
    #expect(data.kind == .webDataset)
    #expect(data.labelNames == ["0", "1"])
    let names = (0..<20).map { "train-\($0 / 10).tar/\($0 < 10 ? "0" : "")\($0).ppm" }
    #expect(data.examples(in: .train).map(\.name) == names)
    #expect(data.examples(in: .train).map(\.label) == (0..<20).map { Int32($0 % 2) })
    #expect(data.examples(in: .valid).map(\.name) == (20..<24).map { "val-0.tar/\($0).ppm" })
    #expect(data.examples(in: .test).isEmpty)
    for index in 0..<20 { #expect(try data.content(.train, index) == Self.picture(index)) }
  }

  @Test("one shard alone, classes in JSON")
  func json() throws {
    let data = try ImageDataset.open(fixturePath("json.tar"))
    #expect(data.kind == .webDataset)
    #expect(data.labelNames == ["cat", "dog"])
    let all = Split.allCases.flatMap { data.examples(in: $0) }
    #expect(all.count == 12)
    #expect(all.allSatisfy { ($0.label == 0) == (Int($0.name.suffix(6).prefix(2))! % 2 == 1) })
  }

  @Test("one shard alone, all of whose classes are in JSON")
  func jsonAlone() throws {
    // Each entry of the archive is one block of header and one of content.
    let blocks = try fixture("json.tar")
    let entries = stride(from: 0, to: blocks.count, by: 1024).map { Array(blocks[$0..<min($0 + 1024, blocks.count)]) }
    let kept = entries.filter { !isClass($0) }
    #expect(kept.count == entries.count - 6)
    try folder.write("shard.tar", kept.flatMap(\.self))
    let data = try ImageDataset.open(folder.path + "/shard.tar")
    #expect(data.kind == .webDataset && data.labelNames == ["cat", "dog"])
  }

  /// Whether a tar's entry is called `NN.cls`.
  private func isClass(_ entry: [UInt8]) -> Bool {
    entry.count == 1024 && Array(entry[2..<6]) == Array(".cls".utf8)
  }

  @Test("paths that lead outside are refused, and so is what says that it unpacks to more than it can")
  func hostile() throws {
    for (name, reason) in [
      ("outside.zip", "the entry ../dog/2.ppm would lead outside of the archive: it is refused whole"),
      ("outside.tar", "the entry /dog/2.ppm would lead outside of the archive: it is refused whole"),
      ("bomb.zip", "the entry cat/1.ppm says that it unpacks to more than it can: damaged"),
    ] {
      let path = fixturePath(name)
      #expect(throws: DatasetError("\(path): \(reason)")) { try ImageDataset.open(path) }
    }
  }

  @Test("a name that is no UTF-8 is refused: as text it could be that of another file")
  func notUTF8() throws {
    var zipFile = try fixture("photos.zip")
    while let place = zipFile.firstRange(of: Array("photos/train/cat/01.ppm".utf8)) {
      zipFile[place.upperBound - 5] = 0x82
    }
    var tarFile = try fixture("photos.tar")
    let header = try #require(tarFile.firstRange(of: Array("train/cat/01.ppm".utf8))).lowerBound
    tarFile[header + 11] = 0x82
    tarFile.replaceSubrange(header + 148..<header + 156, with: [UInt8](repeating: 0x20, count: 8))
    let sum = tarFile[header..<header + 512].reduce(0) { $0 + Int($1) }
    tarFile.replaceSubrange(header + 148..<header + 153, with: Array(String(sum, radix: 8).utf8))
    for (name, file, entry) in [
      ("photos.zip", zipFile, "photos/train/cat/0\\x82.ppm"), ("photos.tar", tarFile, "train/cat/0\\x82.ppm"),
    ] {
      let path = try folder.write(name, file)
      let error = DatasetError("\(path): the name of \(entry) is not UTF-8: unpack the archive, and give the folder")
      #expect(throws: error) { try ImageDataset.open(path) }
    }
  }

  @Test("a damaged entry is one picture that can't be read, and names itself")
  func damagedEntry() throws {
    var file = try fixture("photos.zip")
    let start = try #require(
      file.indices.first { file[$0...].starts(with: Self.picture(1)) || file[$0...].starts(with: Self.picture(2)) })
    file[start + 15] ^= 1
    let path = try folder.write("photos.zip", file)
    let data = try ImageDataset.open(path)
    let failures = Split.allCases.flatMap { split in
      data.examples(in: split).indices.compactMap { index -> String? in
        do {
          _ = try data.image(split, index)
          return nil
        } catch { return "\(error)" }
      }
    }
    #expect(failures.count == 1)
    #expect(failures.first?.hasSuffix(".ppm: damaged in its archive (its CRC is wrong): get that again") == true)
  }

  @Test(
    "cut short or changed, an archive is one line or a data set, never a crash",
    arguments: ["photos.zip", "photos.tar", "photos.tar.gz", "kaggle.zip", "json.tar"])
  func damaged(name: String) throws {
    let file = try fixture(name)
    func tryOut(_ bytes: some Sequence<UInt8>, _ name: String) throws {
      let path = try folder.write(name, bytes)
      do {
        let data = try ImageDataset.open(path)
        for split in Split.allCases {
          for index in data.examples(in: split).indices { _ = try? data.image(split, index) }
        }
      } catch {
        #expect(error is DatasetError && !"\(error)".contains("\n"), "\(error)")
      }
    }
    for length in stride(from: 0, to: file.count, by: max(file.count / 200, 1)) { try tryOut(file[..<length], "cut") }
    var random = Philox(seed: 11)
    for _ in 0..<200 {
      var changed = file
      for _ in 0..<3 { changed[random.integer(below: file.count)] = UInt8(random.integer(below: 256)) }
      try tryOut(changed, "changed")
    }
  }

  @Test("an archive that was replaced is read anew")
  func replaced() throws {
    let path = try folder.write("photos.tar", fixture("photos.tar"))
    let first = try ImageDataset.open(path)
    #expect(first.kind == .folders)
    try FileManager.default.removeItem(atPath: path)
    try folder.write("photos.tar", fixture("json.tar"))
    #expect(try ImageDataset.open(path).kind == .webDataset)
    #expect(try first.content(.test, 0) == Self.picture(30))
  }
}
