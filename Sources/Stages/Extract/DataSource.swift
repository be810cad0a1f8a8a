import Datasets

/// The images of an extraction.
public struct DataSource: Sendable {
  /// A folder or file of images, or the name of a known data set; ``sample`` where nil.
  public var path: String?
  /// How they are read and split.
  public var options: DatasetOptions
  /// The share of a split's images that may be undecodable.
  public var maxSkipped: Double

  /// The data set that `./pipeline.sh setup` fetches.
  public static let sample = "mnist-5k"

  public init(_ path: String? = nil, options: DatasetOptions = DatasetOptions(), maxSkipped: Double = 0.01) {
    (self.path, self.options, self.maxSkipped) = (path, options, maxSkipped)
  }

  /// As ``/Datasets/ImageDataset/open(_:options:)`` takes it.
  var name: String { path ?? Self.sample }
}
