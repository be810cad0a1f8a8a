import Core
import Testing

/// Keras and torchvision are the judges: Fixtures/make_preprocessing.py.
@Suite struct PreprocessingTests {
  /// 16×16: red i, green 7·i mod 256, blue 255 − i.
  static let image = Image(
    height: 16, width: 16, channels: 3,
    pixels: (0..<256).flatMap { (i: Int) -> [UInt8] in [UInt8(i), UInt8(7 * i % 256), UInt8(255 - i)] })

  private func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).map { abs($0 - $1) }.max() ?? .infinity
  }

  @Test(arguments: [Preprocessing.caffe, .torch, .tensorFlow])
  func equalsKerasAndTorchvision(preprocessing: Preprocessing) {
    let expected = Fixture.floats("preprocessing_\(preprocessing.name).f32")
    #expect(expected.count == 768)

    let fromImage = preprocessing.apply(to: Self.image)
    #expect(fromImage.count == 768)
    #expect(largestDifference(fromImage, expected) <= 1e-6)

    var inPlace = Self.image.pixels.map(Float.init)
    inPlace.withUnsafeMutableBufferPointer { preprocessing.apply(toRGB: $0) }
    #expect(largestDifference(inPlace, expected) <= 1e-6)
  }

  @Test func reversedCaffe() {
    let bgr = Preprocessing.caffe.apply(to: Self.image)
    let rgb = Preprocessing.caffeRGB.apply(to: Self.image)
    for start in stride(from: 0, to: 768, by: 3) {
      #expect(Array(rgb[start..<start + 3]) == bgr[start..<start + 3].reversed())
    }
  }

  @Test func greyIsRedGreenAndBlue() {
    let grey = Image(height: 1, width: 2, channels: 1, pixels: [0, 200])
    let color = Image(height: 1, width: 2, channels: 3, pixels: [0, 0, 0, 200, 200, 200])
    #expect(Preprocessing.caffe.apply(to: grey) == Preprocessing.caffe.apply(to: color))
    #expect(Preprocessing.caffe.apply(to: grey)[0] == -103.939)
  }

  @Test func names() {
    for preprocessing in Preprocessing.all { #expect(Preprocessing.named(preprocessing.name) == preprocessing) }
    #expect(Preprocessing.named("Caffe") == nil)
    #expect(
      Preprocessing.caffe.description
        == "caffe: bgr, divisor 1.0, mean 103.939,116.779,123.68, deviation 1.0,1.0,1.0")
  }

  @Test(arguments: Preprocessing.all)
  func theWayBackGivesTheImage(preprocessing: Preprocessing) {
    let image = Image(
      height: 16, width: 16, channels: 3, pixels: (0..<768).map { UInt8(truncatingIfNeeded: 5 * $0 + $0 / 3) })
    #expect(preprocessing.image(from: preprocessing.apply(to: image), size: image.size) == image)
    let beyond = preprocessing.image(from: [1e4, -1e4, 1e4], size: ImageSize(height: 1, width: 1))
    #expect(Set(beyond.pixels) == [0, 255], "cut off")
  }
}
