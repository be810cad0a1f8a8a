import Core
import Testing

/// Where a head looks, against PyTorch's gradients: see Fixtures/make_grad_cam.py.
@Suite struct GradCAMTests {
  private static let shape = FeatureShape(height: 5, width: 4, channels: 6)

  private static func head(_ recorded: Recording) throws -> Head {
    let units = recorded["units"].numbers.map { Int($0) }
    return try Head(
      architecture: .dense(
        input: shape, units: units, dropout: [Float](repeating: 0.5, count: units.count + 1), classes: 3,
        pooling: recorded["pools"].number == 1),
      values: recorded["variables"].elements.map { $0.floats })
  }

  @Test(arguments: [0, 1]) func asPyTorchHasIt(index: Int) throws {
    let recorded = Recording("grad_cam.json")
    let network = recorded["heads"].elements[index]
    let (all, maps) = (recorded["features"].floats, network["maps"].elements.map { $0.floats })
    let gradCAM = GradCAM(try Self.head(network))
    let (length, places) = (Self.shape.count, Self.shape.height * Self.shape.width)
    var greatest: Float = 0
    for image in 0..<all.count / length {
      let features = Array(all[image * length..<(image + 1) * length])
      for label in 0..<3 {
        let map = gradCAM.map(of: features, for: label)
        let expected = Array(maps[label][image * places..<(image + 1) * places])
        #expect(map.height == Self.shape.height && map.width == Self.shape.width)
        #expect(zip(map.values, expected).allSatisfy { abs($0 - $1) <= 1e-6 }, "image \(image), class \(label)")
        greatest = max(greatest, expected.max()!)
      }
    }
    #expect(greatest > 0.01, "there is something to see")
  }

  /// The weights of a linear head's channels are the means of its kernel.
  @Test func aLinearHead() throws {
    let shape = FeatureShape(height: 1, width: 2, channels: 2)
    let head = try Head(
      architecture: .dense(input: shape, units: [], dropout: [0], classes: 2, pooling: false),
      values: [[1, 0, 2, 0, 3, 0, -4, 0], [0, 0]])
    // α = ((1 + 3) / 2, (2 - 4) / 2) = (2, -1).
    #expect(GradCAM(head).map(of: [1, 1, 0, 5], for: 0).values == [1, 0])
    #expect(GradCAM(head).map(of: [1, 1, 0, 5], for: 1).values == [0, 0])
  }

  @Test func anOverlayIsHotWhereTheMapIs() {
    let grey = Image(height: 4, width: 8, channels: 1, pixels: [UInt8](repeating: 100, count: 32))
    let shown = HeatMap(height: 1, width: 2, values: [0, 3]).overlaid(on: grey)
    #expect(shown.size == grey.size && shown.channels == 3)
    func pixel(_ x: Int) -> [UInt8] { Array(shown.pixels[3 * x..<3 * x + 3]) }
    #expect(pixel(0) == [100, 100, 100] && pixel(1) == [100, 100, 100], "up to the centre of the first field")
    // 100 + 0.7 (255 - 100) = 208.5 and 100 - 0.7 · 100.
    #expect([208, 209].contains(pixel(7)[0]) && pixel(7)[1] == 30 && pixel(7)[2] == 30)
    #expect((2..<6).allSatisfy { pixel($0)[0] > pixel($0 - 1)[0] }, "linearly between the centres")
    #expect(HeatMap(height: 1, width: 1, values: [0]).overlaid(on: grey).pixels == grey.rgb.pixels)
  }
}
