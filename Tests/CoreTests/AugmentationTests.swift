import Core
import Testing

@Suite("Augmentation equals Keras' ImageDataGenerator")
struct AugmentationTests {
  /// Red 10·row, green 10·column, blue 7·row·column mod 256.
  static let picture = Image(
    height: 24, width: 24, channels: 3,
    pixels: (0..<576).flatMap { (i: Int) -> [UInt8] in
      let (row, column) = (i / 24, i % 24)
      return [UInt8(10 * row), UInt8(10 * column), UInt8(7 * row * column % 256)]
    })

  /// The cases of Fixtures/make_augmented.py.
  static let cases: [Augmentation] = [
    Augmentation(),
    Augmentation(rotation: 13 * .pi / 180),
    Augmentation(rowShift: 1.25, columnShift: -2.5),
    Augmentation(shear: -5 * .pi / 180),
    Augmentation(channelShift: 17.5),
    Augmentation(isFlipped: true),
    Augmentation(
      rotation: -9 * .pi / 180, rowShift: -0.75, columnShift: 1.5, shear: 4 * .pi / 180, channelShift: -11,
      isFlipped: true),
  ]

  private func augmented(_ image: Image, _ augmentation: Augmentation) -> [Float] {
    let count = image.height * image.width * 3
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      augmentation.apply(to: image, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      initialized = count
    }
  }

  @Test(arguments: cases.indices)
  func equalsKeras(index: Int) {
    let expected = Fixture.floats("augmented.f32")[1728 * index..<1728 * (index + 1)]
    let difference = zip(augmented(Self.picture, Self.cases[index]), expected).map { abs($0 - $1) }.max()!
    #expect(difference < 1e-3)
  }

  @Test("grey becomes red = green = blue")
  func grey() {
    let grey = Image(height: 9, width: 7, channels: 1, pixels: (0..<63).map { UInt8(4 * $0) })
    let augmentation = Self.cases.last!
    #expect(augmented(grey, augmentation) == augmented(grey.rgb, augmentation))
  }

  @Test("what is drawn stays within the ranges, uses them, and depends on the generator alone")
  func draws() {
    var ranges = AugmentationRanges()
    ranges.flips = true
    var random = Philox(seed: 1)
    let draws = (0..<1000).map { _ in ranges.draw(&random, height: 100, width: 200) }
    for (values, range) in [
      (draws.map { $0.rotation }, 15 * Double.pi / 180), (draws.map { $0.rowShift }, 5),
      (draws.map { $0.columnShift }, 20), (draws.map { $0.shear }, 0.1),
    ] {
      let largest = values.map { abs($0) }.max()!
      #expect(largest <= range && largest > 0.98 * range)
    }
    #expect((400...600).contains(draws.count { $0.isFlipped }))
    var again = Philox(seed: 1)
    #expect(ranges.draw(&again, height: 100, width: 200) == draws[0])
  }
}
