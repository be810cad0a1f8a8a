import Core
import FeatureStore
import Support

// Where the head looks.

extension ReportPage.AttentionPage {
  /// Of each gallery at most so many.
  private static let most = 6

  /// - Parameter names: of the rows' images.
  /// - Returns: nil where no image can be shown.
  /// - Throws: where the features can't be read.
  init?(_ inputs: ReportInputs, _ galleries: [Gallery], names: [String], pool: WorkerPool) throws {
    guard case .success = inputs.dataset else { return nil }
    let shown = galleries.map { $0.first(Self.most) }.filter { !$0.rows.isEmpty }
    let attention = HeadAttention(inputs.ensemble, features: inputs.train.featureShape, pool: pool)
    let predictions = inputs.predictions
    var maps: [Int: HeatMap] = [:]
    for row in Set(shown.flatMap(\.rows)) {
      let p = predictions.probabilities[row * predictions.classes..<(row + 1) * predictions.classes]
      let image = inputs.image(ofRow: row)
      maps[image] = attention.map(of: try inputs.features(ofImage: image), for: mostProbable(p))
    }
    let (seen, size) = (inputs.head.spec.features, ImageSize(height: Self.side, width: Self.side))
    let thumbnails = inputs.thumbnails(ofImages: maps.keys.sorted(), pool: pool) { [maps] image, picture in
      // What the network sees of the picture, larger where that is small.
      let view = picture.resized(to: size, filter: seen.resizing.filter, aspect: seen.resizing.aspect)
      return maps[image]?.overlaid(on: view) ?? view
    }
    guard thumbnails.reason == nil, !shown.isEmpty else { return nil }
    groups = shown.map {
      ReportPage.GalleryPage(
        $0, predictions: predictions, names: names, labelNames: inputs.labelNames,
        picture: { thumbnails[inputs.image(ofRow: $0)] })
    }
  }

  /// Of the pictures, in pixels.
  private static let side = 160
}
