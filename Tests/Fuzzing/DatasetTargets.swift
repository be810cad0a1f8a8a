import CDeflate
import Core
import Foundation

@testable import Datasets

extension FuzzTarget {
  /// Tables of pixels, by each layout.
  static let pixelTable = FuzzTarget(
    name: "pixel-table",
    seeds: {
      let table = try gunzip([UInt8](fixture("DatasetsTests/table.csv.gz")))
      let texts = [
        "label,pixel0,pixel1,pixel2,pixel3\r\n7,0,255,0,0\r\n65535,0,0,8,0\r\n", "pixel0\n1\n2",
        "1,2,3,4,0\n5,6,7,8,1\n", "id;pixel0\n17;1\nx;2", "\u{FEFF}\"label\",\"a\"\n3,1\n",
      ]
      return [Data(table.prefix(600))] + texts.map { Data($0.utf8) }
    },
    read: { input in
      let bytes = [UInt8](input)
      for layout in [nil, PixelTable.Layout.header, .labelLast] {
        reading { _ = try PixelTable(bytes, layout: layout, path: "table.csv") }
      }
    })

  /// Tables of labels and of groups, whose rows name pictures.
  static let textTable = FuzzTarget(
    name: "text-table",
    seeds: {
      [
        "subject,classname,img\r\np002,c0,img_1.jpg\r\np002,c0,img_2.jpg\r\n",
        "id,label\n\"img_1\",\"a \"\"b\"\",\nc\"\n",
        "path;label\nC:\\data\\train\\c0\\img_1.jpg;a\n./test/img_3.jpg;NaN\n",
      ]
      .map { Data($0.utf8) }
    },
    read: { input in
      let pictures = PictureIndex([("train", ["c0/img_1.jpg", "c0/img_2.jpg", "c1/img_2.jpg"])], bases: ["data"])
      let test = PictureIndex([("test", ["img_3.jpg"])])
      for separator in [nil, TextTable.Separator.comma] {
        reading {
          let table = try TextTable([UInt8](input), path: "labels.csv", separator: separator)
          for table in [table, table.withoutHeader] {
            let column = try table.column(
              nil, orOneOf: ["label", "subject"], what: "classes", option: "--label-column")
            for isExact in [false, true] {
              reading { _ = try PictureTable(table, value: column, pictures: pictures, test: test, isExact: isExact) }
            }
          }
        }
      }
    })

  /// Tables of any number of labels a picture, and how the pictures are dealt out.
  static let tags = FuzzTarget(
    name: "tags",
    seeds: {
      [
        "image_name,tags\nimg_1,clear primary\nimg_2,haze\nimg_3,primary road water\n",
        "id;a;b;c\nimg_1.jpg;0;1;0.0\nimg_2.jpg;1;True;False\nimg_3.jpg;0;0;1\n",
        "file,labels\nimg_1,\"red green|blue\"\nimg_2,;\nimg_3,NaN\n",
      ]
      .map { Data($0.utf8) }
    },
    read: { input in
      let pictures = PictureIndex([("train", ["img_1.jpg", "img_2.jpg", "img_3.jpg"])])
      reading {
        let table = try TextTable([UInt8](input), path: "train_v2.csv")
        _ = TagColumns.hintOnIndicators(table)
        let tags = try TagColumns(table, column: nil)
        let rows = try PictureTable(
          tags.table, value: tags.column, pictures: pictures, isExact: false, words: TagColumns.words
        ).values.map { TagColumns.tags($0) ?? [] }
        let names = Set(rows.joined()).sorted()
        for hint in [TagColumns.hintOnCells(names, in: "t"), TagColumns.hintOnSpaces(names, in: "t")] {
          if let hint { requireOneLine(DatasetError(hint).description) }
        }
        let dealt = iterativelyStratifiedSplit(
          tags: rows.map { row in row.map { Int32(names.firstIndex(of: $0)!) } }, validFraction: 0.2, testFraction: 0.2,
          seed: 1)
        precondition(dealt.values.flatMap(\.self).sorted() == Array(rows.indices))
      }
    })

  /// Files that may be tables, gzipped or zipped.
  static let tableFile = FuzzTarget(
    name: "table-file",
    seeds: {
      try ["digit-recognizer.zip", "train.csv.zip", "table.csv.gz"].map { try fixture("DatasetsTests/\($0)") }
    },
    read: { input in
      tableFileInput.write(input)
      reading { _ = try readTable(tableFileInput.path) }
      reading {
        if let path = try tablePath("train", in: tableFileInput.path) { _ = try readTable(path) }
      }
    })

  private static let tableFileInput = InputFile()

  /// Pictures and labels, plain or gzipped.
  static let idx = FuzzTarget(
    name: "idx",
    seeds: {
      [
        Data([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        Data([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]),
      ]
    },
    read: { input in
      idxFile.write(input)
      for dimensions in [1, 3] {
        reading { _ = try IDX(idxFile.path, dimensions: dimensions) }
      }
    })

  private static let idxFile = InputFile()

  /// Under a limit on what comes out.
  static let gzip = FuzzTarget(
    name: "gzip",
    seeds: { [try fixture("DatasetsTests/table.csv.gz")] },
    read: { input in
      let limit = 1 << 20
      reading {
        let content = try gunzip([UInt8](input), limit: limit)
        precondition(content.count <= limit)
      }
    })

  /// NumPy's arrays in an archive, and alone.
  static let arrays = FuzzTarget(
    name: "arrays",
    seeds: { try ["keras.npz", "floats.npz", "medmnist.npz"].map { try fixture("DatasetsTests/\($0)") } },
    read: { input in
      arraysFile.write(input)
      reading { _ = try ImageDataset.open(arraysFile.path, options: DatasetOptions(kind: .arrays)) }
      reading {
        let header = try NumPyHeader([UInt8](input.prefix(NumPyHeader.mostBytes)), name: "x.npy")
        precondition(header.shape.allSatisfy { $0 >= 0 } && header.offset <= input.count)
      }
    })

  private static let arraysFile = InputFile()

  /// CIFAR's batches: a pickled dictionary of an array, labels and names.
  static let cifar = FuzzTarget(
    name: "cifar",
    seeds: {
      cifarSeeds.map { Data(base64Encoded: $0)! }
        + [Data("(dp0\nS'label_names'\np1\n(lp2\nVcat\np3\naS'dog'\nas.".utf8)]
    },
    read: { input in
      cifarFile.write(input)
      reading {
        let batch = try PickledDictionary(cifarFile.path)
        for key in batch.keys.prefix(8) {
          reading { _ = try batch.texts(key) }
          reading { _ = try batch.labels(key, rows: 2, of: "data") }
          reading {
            guard let array = try batch.array(key) else { return }
            let layout = try ArrayLayout(planes: array.shape, name: array.name)
            try ImageLimits(pixels: 1 << 12, side: 1 << 10).check(height: layout.size.height, width: layout.size.width)
            let pictures = ArrayPictures(array: array, layout: layout, range: try ArrayPictures.Range(of: array))
            for row in 0..<min(array.rowCount, 3) {
              let content = try pictures.content(at: row)
              precondition(content.count == array.rowSize, "a picture of another size")
            }
          }
        }
      }
    })

  private static let cifarFile = InputFile()

  /// Two pictures of 2×2 in colour as Python 2 wrote them, and as Python 3 does in the protocols 2, 3, 5 and 4; the labels of
  /// the third and of the last are NumPy's, the last one's pictures floating point.
  private static let cifarSeeds = [
    """
    gAJ9cQAoVQZsYWJlbHNxAV1xAihLAEsBZVUEZGF0YXEDY251bXB5LmNvcmUubXVsdGlhcnJheQpfcmVjb25zdHJ1Y3QKcQRjbnVtcHkKbmRhcn\
    JheQpxBUsAhXEGVQFicQeHcQhScQkoSwFLAksMhnEKY251bXB5CmR0eXBlCnELVQJ1MXEMiYiHcQ1ScQ4oSwNVAXxxD05OTkr/////Sv////9L\
    AHRxEGKJVRgACxYhLDdCTVhjbnmEj5qlsLvG0dzn8v1xEXRxEmJVCWZpbGVuYW1lc3ETXXEUKFUFYS5wbmdxFVUFYi5wbmdxFmV1Lg==
    """,
    """
    gAJ9cQAoY19jb2RlY3MKZW5jb2RlCnEBWAYAAABsYWJlbHNxAlgGAAAAbGF0aW4xcQOGcQRScQVdcQYoSwBLAWVoAVgEAAAAZGF0YXEHaAOGcQ\
    hScQljbnVtcHkuX2NvcmUubXVsdGlhcnJheQpfcmVjb25zdHJ1Y3QKcQpjbnVtcHkKbmRhcnJheQpxC0sAhXEMaAFYAQAAAGJxDWgDhnEOUnEP\
    h3EQUnERKEsBSwJLDIZxEmNudW1weQpkdHlwZQpxE1gCAAAAdTFxFImIh3EVUnEWKEsDWAEAAAB8cRdOTk5K/////0r/////SwB0cRhiiWgBWC\
    QAAAAACxYhLDdCTVhjbnnChMKPwprCpcKwwrvDhsORw5zDp8Oyw71xGWgDhnEaUnEbdHEcYmgBWAkAAABmaWxlbmFtZXNxHWgDhnEeUnEfXXEg\
    KGgBWAUAAABhLnBuZ3EhaAOGcSJScSNoAVgFAAAAYi5wbmdxJGgDhnElUnEmZXUu
    """,
    """
    gAN9cQAoQwZsYWJlbHNxAWNudW1weS5fY29yZS5tdWx0aWFycmF5Cl9yZWNvbnN0cnVjdApxAmNudW1weQpuZGFycmF5CnEDSwCFcQRDAWJxBY\
    dxBlJxByhLAUsChXEIY251bXB5CmR0eXBlCnEJWAIAAABpMnEKiYiHcQtScQwoSwNYAQAAAD5xDU5OTkr/////Sv////9LAHRxDmKJQwQAAAAB\
    cQ90cRBiQwRkYXRhcRFoAmgDSwCFcRJoBYdxE1JxFChLAUsCSwyGcRVoCVgCAAAAdTFxFomIh3EXUnEYKEsDWAEAAAB8cRlOTk5K/////0r///\
    //SwB0cRpiiUMYAAsWISw3Qk1YY255hI+apbC7xtHc5/L9cRt0cRxiQwlmaWxlbmFtZXNxHV1xHihDBWEucG5ncR9DBWIucG5ncSBldS4=
    """,
    """
    gAWVygAAAAAAAAB9lCiMBmxhYmVsc5RdlChLAEsBZYwEZGF0YZSME251bXB5Ll9jb3JlLm51bWVyaWOUjAtfZnJvbWJ1ZmZlcpSTlCiWGAAAAA\
    AAAAAACxYhLDdCTVhjbnmEj5qlsLvG0dzn8v2UjAVudW1weZSMBWR0eXBllJOUjAJ1MZSJiIeUUpQoSwOMAXyUTk5OSv////9K/////0sAdJRi\
    SwJLDIaUjAFDlHSUUpSMCWZpbGVuYW1lc5RdlCiMBWEucG5nlIwFYi5wbmeUZXUu
    """,
    """
    gASVVgEAAAAAAAB9lCiMBGRhdGGUjBZudW1weS5fY29yZS5tdWx0aWFycmF5lIwMX3JlY29uc3RydWN0lJOUjAVudW1weZSMB25kYXJyYXmUk5\
    RLAIWUQwFilIeUUpQoSwFLAksMhpRoBYwFZHR5cGWUk5SMAmY0lImIh5RSlChLA4wBPJROTk5K/////0r/////SwB0lGKJQ2AAAAAAsbAwPbGw\
    sD2FhAQ+sbAwPt3cXD6FhIQ+m5qaPrGwsD7HxsY+3dzcPvPy8j6FhAQ/kI8PP5uaGj+mpSU/sbAwP7y7Oz/HxkY/0tFRP93cXD/o52c/8/JyP/\
    79fT+UdJRijAZsYWJlbHOUXZQoaAKMBnNjYWxhcpSTlGgOjAJpOJSJiIeUUpQoSwNoEk5OTkr/////Sv////9LAHSUYkMIAAAAAAAAAACUhpRS\
    lGgZaBxDCAEAAAAAAAAAlIaUUpRldS4=
    """,
  ]

  /// Archives that are read as folders, and WebDataset's shards.
  static let archives = FuzzTarget(
    name: "archives",
    seeds: {
      try ["photos.zip", "kaggle.zip", "photos.tar", "photos.tar.gz", "json.tar", "bomb.zip"]
        .map { try fixture("DatasetsTests/\($0)") }
    },
    read: { input in
      archivesFile.write(input)
      reading {
        let data = try ImageDataset.open(archivesFile.path)
        for split in Split.allCases {
          for index in data.examples(in: split).indices { reading { _ = try data.content(split, index) } }
        }
      }
    })

  private static let archivesFile = InputFile()

  static let jpeg = picture("jpeg") { $0 }
  static let webp = picture("webp") { $0 }
  static let png = picture("png", prepare: withChecksums)
  static let bmp = picture("bmp") { $0 }
  static let gif = picture("gif") { $0 }
  static let tiff = picture("tiff") { $0 }
  static let pnm = picture("pnm") { $0 }
  static let heif = picture("heif") { $0 }

  /// How the files of a format are called in the fixtures.
  private static let endings = [
    "jpeg": ["jpg"], "tiff": ["tif"], "pnm": ["pbm", "pgm", "ppm"], "heif": ["heic", "avif"],
  ]

  /// Decodes under small limits.
  private static func picture(
    _ format: String, prepare: @escaping @Sendable (_ file: [UInt8]) -> [UInt8]
  ) -> FuzzTarget {
    FuzzTarget(
      name: format,
      seeds: { try (endings[format] ?? [format]).flatMap { try pictures($0) } },
      read: { input in
        let limits = ImageLimits(pixels: 1 << 12, side: 1 << 10)
        _ = ImageDecoder.readsOtherwiseThanBefore(prepare([UInt8](input)))
        // The second is small enough for a JPEG to be reduced while it is decoded.
        for size in [nil, ImageSize(height: 1, width: 1)] {
          reading {
            let image = try ImageDecoder.decode(prepare([UInt8](input)), for: size, limits: limits)
            precondition(image.height * image.width <= limits.pixels && max(image.height, image.width) <= limits.side)
            precondition(image.pixels.count == image.height * image.width * image.channels)
          }
        }
      })
  }

  /// Where orientations are, without the decoding, which few changed files survive.
  static let exif = FuzzTarget(
    name: "exif",
    seeds: {
      try ["jpg", "png", "webp"].flatMap { try pictures($0) }
        .filter { file in orientations([UInt8](file)).contains { $0 > 1 } }.map { $0.prefix(1 << 10) }
    },
    read: { input in
      precondition(orientations([UInt8](input)).allSatisfy { 1...8 ~= $0 })
    })

  /// What each of the readers finds in a file, whatever its format is.
  private static func orientations(_ file: [UInt8]) -> [Int] {
    [
      JPEGSegments.orientationData(file), PNGChunks.orientationData(file), WebPContainer(file).orientationData,
      OrientationData(exif: file, xmp: file),
    ].map(\.orientation)
  }
}

/// Runs `body`. What it throws must be an error of this module, and one line.
private func reading(_ body: () throws -> Void) {
  do {
    try body()
  } catch let error as DatasetError {
    requireOneLine(error.description)
  } catch {
    preconditionFailure("\(error)")
  }
}

/// The files of a kind in DecoderTests' fixtures: name/size/height/width/channels, a newline, the file, its pixels.
private func pictures(_ ending: String) throws -> [Data] {
  try ["images", "formats", "heif"].flatMap { try pictures(ending, in: fixture("DatasetsTests/\($0).bin")) }
    + (ending == "webp" ? [fixture("DatasetsTests/animation.webp")] : [])
}

private func pictures(_ ending: String, in records: Data) -> [Data] {
  var rest = records
  var files: [Data] = []
  while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
    let fields = String(decoding: rest[..<end], as: UTF8.self).split(separator: "/")
    let numbers = fields.dropFirst().map { Int($0)! }
    rest = rest[(end + 1)...]
    if fields[0].hasSuffix(ending) { files.append(rest.prefix(numbers[0])) }
    rest = rest.dropFirst(numbers[0] + numbers[1] * numbers[2] * numbers[3])
  }
  return files
}

/// A PNG file with the checksums that its chunks should have: else nearly every change of one would end there.
private func withChecksums(_ file: [UInt8]) -> [UInt8] {
  var file = file
  var offset = 8
  while offset + 12 <= file.count {
    let length = file[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    let end = offset + 8 + length
    guard end + 4 <= file.count else { break }
    let checksum = file[(offset + 4)..<end].withUnsafeBytes { libdeflate_crc32(0, $0.baseAddress, $0.count) }
    for byte in 0..<4 { file[end + byte] = UInt8(truncatingIfNeeded: checksum >> (24 - 8 * byte)) }
    offset = end + 4
  }
  return file
}
