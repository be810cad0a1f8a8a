import HDF5

/// The mean and the variance that a Normalization layer found in data (`adapt`): they are among the model's variables, and
/// its configuration has null in their place.
struct KerasMoments {
  /// One of each for all channels, or for each channel.
  let mean: [Double]
  let variance: [Double]

  /// Nil for another layer's weights: these are the mean, the variance, and the number of batches that they are of
  /// (keras/src/layers/preprocessing/normalization.py).
  ///
  /// - Throws: HDF5Error.
  init?(weights: some Collection<HDF5Dataset>) throws {
    let weights = Array(weights)
    guard weights.count == 3, weights[0].shape.count <= 1, weights[0].shape == weights[1].shape,
      weights[2].shape.isEmpty, weights[0].shape.reduce(1, *) <= 4, weights.allSatisfy({ $0.elementType.isNumeric })
    else { return nil }
    mean = try weights[0].read(Float.self).map(Double.init)
    variance = try weights[1].read(Float.self).map(Double.init)
  }
}
