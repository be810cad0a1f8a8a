import Core
import Datasets
import Testing

/// What is encoded is decoded again.
@Suite struct EncoderTests {
  private func picture(channels: Int) -> Image {
    // Smooth, as JPEG wants it.
    let pixels = (0..<24 * 40 * channels).map { UInt8(($0 / channels % 40) * 6 + $0 % channels * 10) }
    return Image(height: 24, width: 40, channels: channels, pixels: pixels)
  }

  @Test(arguments: [1, 3]) func pngLosesNothing(channels: Int) throws {
    let picture = picture(channels: channels)
    let bytes = try ImageEncoder.png(picture)
    #expect(try ImageDecoder.decode(bytes) == picture)
    #expect(try ImageEncoder.png(picture) == bytes, "the same picture gives the same bytes")
  }

  @Test func pngTakesNoiseThatCannotBeCompressed() throws {
    var random = Philox(seed: 1)
    let pixels = (0..<300 * 200 * 3).map { _ in UInt8(random.integer(below: 256)) }
    let noise = Image(height: 300, width: 200, channels: 3, pixels: pixels)
    #expect(try ImageDecoder.decode(try ImageEncoder.png(noise)) == noise)
  }

  @Test(arguments: [1, 3]) func jpegLosesLittle(channels: Int) throws {
    let picture = picture(channels: channels)
    let bytes = try ImageEncoder.jpeg(picture, quality: 95)
    let decoded = try ImageDecoder.decode(bytes)
    #expect(decoded.size == picture.size && decoded.channels == channels)
    let differences = zip(decoded.pixels, picture.pixels).map { abs(Int($0) - Int($1)) }
    #expect(differences.max()! <= 12)
    #expect(try ImageEncoder.jpeg(picture, quality: 95) == bytes)
    #expect(try ImageEncoder.jpeg(picture, quality: 20).count < bytes.count)
  }
}
