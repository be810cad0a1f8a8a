extension VGG16 {
  public static let smallestInput = 32
  public struct Layer: Sendable, Equatable {
    public let name: String; public var isPooling: Bool { false }
    public static let all: [Layer] = []
    public static let block5Conv3 = Layer(name: "block5_conv3")!
    public init?(name: String) { self.name = name }
    public func outputShape(height: Int, width: Int) -> FeatureShape { FeatureShape(height: height/16, width: width/16, channels: 512) }
  }
}
public final class FeatureExtractor {
  public static func defaultBatchSize(height: Int, width: Int) -> Int { 8 }
  public init(weights: VGG16Weights, cut: VGG16.Layer, height: Int, width: Int, maximumBatch: Int, pool: WorkerPool, instructionSet: InstructionSet = .current) {}
  public func extract(_ images: UnsafePointer<Float>, count: Int, into: UnsafeMutablePointer<Float>) {}
}
extension FeatureExtractor {
  public func features(of images: [Float], count: Int) -> [Float] { [] }
}
