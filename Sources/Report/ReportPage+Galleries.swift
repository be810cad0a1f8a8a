import Core
import Datasets
import FeatureStore
import Support

// The images that tell most.

extension ReportPage.GalleryPage {
  /// - Parameters:
  ///   - names: of the rows' images.
  ///   - picture: of a row.
  init(
    _ gallery: Gallery, predictions: Predictions, names: [String], labelNames: [String],
    picture: (_ row: Int) -> Thumbnails.Thumbnail
  ) {
    name = gallery.kind.rawValue
    note = gallery.kind.note
    images = gallery.rows.map { row in
      let p = predictions.probabilities[row * predictions.classes..<(row + 1) * predictions.classes]
      let (label, predicted) = (predictions.labels[row], mostProbable(p))
      let second = p.indices.filter { $0 - p.startIndex != predicted }.max { p[$0] < p[$1] } ?? p.startIndex
      let thumbnail = picture(row)
      return ReportPage.GalleryImage(
        image: thumbnail.uri, missing: thumbnail.reason,
        alternative: "\(names[row]), \(labelNames[label]), predicted as \(labelNames[predicted])",
        isRight: label == predicted, label: labelNames[label], predicted: labelNames[predicted],
        probability: probability(p[p.startIndex + predicted]), second: labelNames[second - p.startIndex],
        secondProbability: probability(p[second]), name: withoutClass(names[row], class: labelNames[label]))
    }
  }
}

extension Gallery.Kind {
  fileprivate var note: String? {
    self == .mostUncertain ? "Where the first guess has less than \(fixed(100 * Gallery.certain, 0)) %." : nil
  }
}

extension Thumbnails.Thumbnail {
  var uri: DataURI? { if case .image(let uri) = self { uri } else { nil } }
  var reason: String? { if case .missing(let reason) = self { reason } else { nil } }
}

/// A file name without the folder that says nothing but the class.
func withoutClass(_ name: String, class label: String) -> String {
  name.hasPrefix(label + "/") ? String(name.dropFirst(label.count + 1)) : name
}

/// A probability in per cent that is not rounded to certainty.
package func probability(_ p: Float) -> String {
  let text = fixed(100 * Double(p), 1)
  if text == "0.0", p > 0 { return "< 0.1 %" }
  return (text == "100.0" && p < 1 ? "> 99.9" : text) + " %"
}
