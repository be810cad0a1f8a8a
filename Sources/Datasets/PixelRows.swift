import Core

/// Pictures that are rows of an array in memory: of a table, or of an IDX file.
struct PixelRows: PictureSource {
  /// Rows × height × width.
  let pixels: [UInt8]
  let size: ImageSize

  func image(at index: Int, content: [UInt8], for _: ImageSize?) throws -> Image {
    Image(height: size.height, width: size.width, channels: 1, pixels: content)
  }

  func content(at index: Int) throws -> [UInt8] {
    let count = size.height * size.width
    return [UInt8](pixels[index * count..<(index + 1) * count])
  }

  func origin(at index: Int) -> PictureOrigin? { nil }
}

/// Pictures in memory, all of one size and with a label each, before they are split.
struct LabelledRows {
  let pixels: [UInt8]
  let size: ImageSize
  /// What the file gives as the label of each row.
  let values: [Int32]

  /// All rows. A row is named by its number in the file, from 1.
  func part(_ classes: LabelClasses) -> ImageDataset.Part {
    ImageDataset.Part(
      examples: values.indices.map { Example(name: String($0 + 1), label: classes.label(of: values[$0])) },
      pictures: PixelRows(pixels: pixels, size: size))
  }
}

/// The classes of a file that gives labels as numbers.
struct LabelClasses {
  /// In ascending order.
  private let values: [Int32]

  /// The classes are the values that occur.
  init(_ values: [Int32]) {
    self.values = Set(values).sorted()
  }

  var names: [String] { values.map(String.init) }

  /// The index of the class; −1 for a value that is not one.
  func label(of value: Int32) -> Int32 {
    var low = 0
    var high = values.count
    while low < high {
      let middle = (low + high) / 2
      if values[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low < values.count && values[low] == value ? Int32(low) : Example.unknownLabel
  }
}
