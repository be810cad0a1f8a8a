import Core
import Datasets
import Weights

// features WEIGHTS PICTURE: the conv features of a picture at 96×96, as an array.
@main enum Features {
  static func main() throws {
    let published = try PublishedWeights.read(contentsOf: CommandLine.arguments[1])
    let extractor = FeatureExtractor(
      weights: published.weights, height: 96, width: 96, maximumBatch: 8, pool: WorkerPool(threads: 2))
    let picture = try ImageDecoder.decode(PictureFiles.content(of: CommandLine.arguments[2]))
    let image = picture.resized(to: ImageSize(height: 96, width: 96)).rgb
    let features = extractor.features(of: (published.preprocessing ?? .caffe).apply(to: image))
    print(extractor.featureShape, features.count, features.max() ?? 0)
  }
}
