import Core
import FeatureStore
import Support

// What `inspect` found.

/// The suspects of each kind that are shown.
struct ShownSuspects {
  /// Of each kind at most so many.
  private static let most = 12

  let all: [Suspect]
  let kinds: [(problem: Suspect.Problem, shown: [Suspect], count: Int)]

  init(_ suspects: [Suspect]) {
    all = suspects
    kinds = Suspect.Problem.allCases.compactMap { problem in
      let own = suspects.filter { $0.problem == problem }
      return own.isEmpty ? nil : (problem, Array(own.prefix(Self.most)), own.count)
    }
  }

  var images: [Int] { kinds.flatMap(\.shown).map(\.image) }
}

extension ReportPage.SuspectsPage {
  /// - Parameters:
  ///   - areTagged: whether an image has any number of classes.
  ///   - inspection: that found them.
  /// - Returns: nil where there are none.
  init?(_ suspects: ShownSuspects, areTagged: Bool, of inspection: InspectionRecord?, thumbnails: Thumbnails) {
    guard !suspects.all.isEmpty else { return nil }
    summary =
      "\(count(suspects.all.count, "suspect")) that inspect found, the worst of each kind first; all are in its table. "
      + "Delete the lines of images that are right, then extract "
      + "\(areTagged ? "--drop" : "--drop or --relabel") takes the rest."
      + (inspection?.picturesUnseen == true ? " Colours, sharpness and sizes of the pictures were not looked at." : "")
      + (inspection?.labelsUnjudged == true ? " There were too few images to judge labels." : "")
    groups = suspects.kinds.map { problem, shown, all in
      Group(
        name: "\(problem.title) (\(grouped(all)))",
        images: shown.map { Picture($0, areTagged: areTagged, thumbnails[$0.image]) },
        more: all > shown.count ? "And \(grouped(all - shown.count)) more in the table." : nil)
    }
  }
}

extension ReportPage.SuspectsPage.Picture {
  fileprivate init(_ suspect: Suspect, areTagged: Bool, _ thumbnail: Thumbnails.Thumbnail) {
    (image, missing) = (thumbnail.uri, thumbnail.reason)
    name = "\(suspect.split) \(suspect.name)"
    given =
      suspect.given.isEmpty
      ? "class not known" : (suspect.problem == .label ? "given " : "") + suspect.given.shortened
    // Of tags it is the suggested one's alone.
    givenProbability = suspect.problem == .label && !areTagged ? probability(Float(suspect.score)) : nil
    suggested =
      switch suspect.problem {
      case .label: "looks like \(suspect.suggested)"
      case .copy, .nearCopy: "as \(suspect.suggested)"
      case .oneColour, .blurred, .tiny, .oddSize: suspect.suggested
      }
    suggestedProbability = suspect.suggestedScore.map { probability(Float($0)) }
    alternative = "\(name), \(given), \(suggested)"
  }
}

extension Suspect.Problem {
  fileprivate var title: String {
    switch self {
    case .label: "Labels that look wrong"
    case .copy: "Copies"
    case .nearCopy: "Near copies"
    case .oneColour: "Of one colour"
    case .blurred: "Blurred"
    case .tiny: "Tiny"
    case .oddSize: "Of an odd size"
    }
  }
}
