import Core
import FeatureStore
import Support

// Where the head looks.

extension ReportPage.AttentionPage {
  /// Of each gallery at most so many.
  private static let most = 6

  /// For the first guess.
  ///
  /// - Parameter names: of the rows' images.
  /// - Returns: nil where no image can be shown.
  /// - Throws: where the features can't be read.
  init?(_ inputs: ReportInputs, _ galleries: [Gallery], names: [String], pool: WorkerPool) throws {
    let shown = galleries.map { $0.first(Self.most) }.filter { !$0.rows.isEmpty }
    guard let views = try inputs.views(of: shown.flatMap(\.rows), for: inputs.mostProbableLabel, pool: pool) else {
      return nil
    }
    note = Self.note(of: "the first guess")
    groups = shown.map {
      ReportPage.GalleryPage(
        $0, predictions: inputs.predictions, names: names, labelNames: inputs.labelNames,
        picture: { views[inputs.image(ofRow: $0)] })
    }
  }

  /// For the most probable of the tags that are answered; images for which none is are not shown.
  ///
  /// - Parameter, returns, throws: as above.
  init?(_ inputs: ReportInputs, _ galleries: [TagGallery], names: [String], pool: WorkerPool) throws {
    var answered: [Int: Int] = [:]
    for row in Set(galleries.flatMap(\.rows)) { answered[row] = inputs.mostProbableTag(ofRow: row) }
    let shown = galleries.map { $0.filtered(most: Self.most) { answered[$0] != nil } }.filter { !$0.rows.isEmpty }
    guard let views = try inputs.views(of: shown.flatMap(\.rows), for: { answered[$0]! }, pool: pool) else {
      return nil
    }
    note = Self.note(of: "the most probable of the tags that are answered")
    groups = shown.map {
      ReportPage.GalleryPage(
        $0, of: { answered[$0]! }, predictions: inputs.predictions, names: names, labelNames: inputs.labelNames,
        picture: { views[inputs.image(ofRow: $0)] })
    }
  }

  private static func note(of what: String) -> String {
    "What counts for \(what), from grey to red: Grad-CAM on the cached features, stretched over what the network sees of the "
      + "picture."
  }
}

extension ReportInputs {
  private func probabilities(ofRow row: Int) -> ArraySlice<Float> {
    predictions.probabilities[row * predictions.classes..<(row + 1) * predictions.classes]
  }

  fileprivate func mostProbableLabel(ofRow row: Int) -> Int { mostProbable(probabilities(ofRow: row)) }

  /// Of the tags that are answered by the head's thresholds; nil where none is.
  fileprivate func mostProbableTag(ofRow row: Int) -> Int? {
    let p = Array(probabilities(ofRow: row))
    let answers = head.thresholds?.answers(p) ?? []
    return answers.indices.filter { answers[$0] }.max { (p[$0], $1) < (p[$1], $0) }
  }

  /// The images of some rows, with what counts there for a class in red; nil where no image can be shown.
  ///
  /// - Throws: where the features can't be read.
  fileprivate func views(of rows: [Int], for label: (_ row: Int) -> Int, pool: WorkerPool) throws -> Thumbnails? {
    guard case .success = dataset, !rows.isEmpty else { return nil }
    let attention = HeadAttention(ensemble, features: train.featureShape, pool: pool)
    var maps: [Int: HeatMap] = [:]
    for row in Set(rows) {
      let image = image(ofRow: row)
      maps[image] = attention.map(of: try features(ofImage: image), for: label(row))
    }
    let (seen, size) = (head.spec.features, ImageSize(height: Self.side, width: Self.side))
    let thumbnails = thumbnails(ofImages: maps.keys.sorted(), pool: pool) { [maps] image, picture in
      // What the network sees of the picture, larger where that is small.
      let view = picture.resized(to: size, filter: seen.resizing.filter, aspect: seen.resizing.aspect)
      return maps[image]?.overlaid(on: view) ?? view
    }
    return thumbnails.reason == nil ? thumbnails : nil
  }

  /// Of the pictures, in pixels.
  private static let side = 160
}
