import Datasets

/// The features of one batch of images, on their way to the writer.
struct FeatureBatch: Sendable {
  let images: ImageBatch
  let features: [Float]
}

/// The first batch of an extraction: its time tells what the rest will take, and its rows are the first that are written.
struct TrialBatch: Sendable {
  let split: Split
  /// How many of the missing rows it is of, the first ones.
  let rowCount: Int
  let batch: FeatureBatch
  /// Of the convolutions.
  let seconds: Double

  /// Nil where none of its images can be decoded.
  var imagesPerSecond: Double? { batch.images.count == 0 ? nil : Double(batch.images.count) / seconds }
}
