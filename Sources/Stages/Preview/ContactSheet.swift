import Core

/// Images of one size in rows, each row with a label above it.
struct ContactSheet {
  struct Row {
    let label: String
    /// Nil leaves a gap.
    let images: [Image?]
  }

  private static let paper: UInt8 = 250
  private static let ink: UInt8 = 30
  private static let gap: UInt8 = 225
  /// Pixels between images and around them.
  private static let margin = 6
  /// A pixel of the font is so many of the sheet.
  private static let textScale = 2
  private static let labelHeight = BitmapFont.height * textScale + margin

  /// In three channels.
  private(set) var picture: Image

  /// - Parameters:
  ///   - title: stands at the top.
  ///   - size: of every image, which have three channels.
  ///   - columnCount: of images a row.
  init(title: String, rows: [Row], size: ImageSize, columnCount: Int) {
    let rowHeight = 2 * Self.margin + Self.labelHeight + size.height
    let (width, height) = (
      Self.margin + columnCount * (size.width + Self.margin),
      2 * Self.margin + Self.labelHeight + rows.count * rowHeight
    )
    picture = Image(
      height: height, width: width, channels: 3, pixels: [UInt8](repeating: Self.paper, count: height * width * 3))
    write(title, top: Self.margin)
    for (index, row) in rows.enumerated() {
      let top = 3 * Self.margin + Self.labelHeight + index * rowHeight
      write(row.label, top: top)
      for (column, image) in row.images.enumerated() {
        draw(image, size: size, top: top + Self.labelHeight, left: Self.margin + column * (size.width + Self.margin))
      }
    }
  }

  private mutating func draw(_ image: Image?, size: ImageSize, top: Int, left: Int) {
    let rowLength = size.width * 3
    for row in 0..<size.height {
      let start = ((top + row) * picture.width + left) * 3
      let values =
        image.map { $0.pixels[row * rowLength..<(row + 1) * rowLength] }
        ?? [UInt8](repeating: Self.gap, count: rowLength)[...]
      picture.pixels.replaceSubrange(start..<start + rowLength, with: values)
    }
  }

  /// Writes what of the text has room, from the left margin.
  private mutating func write(_ text: String, top: Int) {
    let step = BitmapFont.advance * Self.textScale
    let room = (picture.width - 2 * Self.margin) / step
    for (place, character) in text.prefix(room).enumerated() {
      for (column, bits) in BitmapFont.columns(of: character).enumerated() {
        for row in 0..<BitmapFont.height where bits >> row & 1 == 1 {
          dot(top: top + row * Self.textScale, left: Self.margin + place * step + column * Self.textScale)
        }
      }
    }
  }

  private mutating func dot(top: Int, left: Int) {
    for row in top..<top + Self.textScale {
      for column in left..<left + Self.textScale {
        let pixel = (row * picture.width + column) * 3
        picture.pixels.replaceSubrange(pixel..<pixel + 3, with: repeatElement(Self.ink, count: 3))
      }
    }
  }
}
