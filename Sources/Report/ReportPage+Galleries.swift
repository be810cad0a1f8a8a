import Core
import Datasets
import FeatureStore
import Support

// The images that tell most.

extension ReportPage.GalleryPage {
  /// - Parameter names: of the rows' images.
  init(_ gallery: Gallery, predictions: Predictions, thumbnails: Thumbnails, names: [String], labelNames: [String]) {
    name = gallery.kind.rawValue
    images = gallery.rows.map { row in
      let p = predictions.probabilities[row * predictions.classes..<(row + 1) * predictions.classes]
      let (label, predicted) = (predictions.labels[row], mostProbable(p))
      let thumbnail = thumbnails[row]
      return ReportPage.GalleryImage(
        image: thumbnail.uri, missing: thumbnail.reason,
        alternative: "\(names[row]), \(labelNames[label]), predicted as \(labelNames[predicted])",
        isRight: label == predicted, label: labelNames[label], predicted: labelNames[predicted],
        probability: probability(p[p.startIndex + predicted]), name: withoutClass(names[row], class: labelNames[label]))
    }
  }
}

extension Thumbnails.Thumbnail {
  fileprivate var uri: DataURI? { if case .image(let uri) = self { uri } else { nil } }
  fileprivate var reason: String? { if case .missing(let reason) = self { reason } else { nil } }
}

/// A file name without the folder that says nothing but the class.
private func withoutClass(_ name: String, class label: String) -> String {
  name.hasPrefix(label + "/") ? String(name.dropFirst(label.count + 1)) : name
}

/// A probability in per cent that is not rounded up to certainty.
package func probability(_ p: Float) -> String {
  let text = fixed(100 * Double(p), 1)
  return (text == "100.0" && p < 1 ? "> 99.9" : text) + " %"
}
