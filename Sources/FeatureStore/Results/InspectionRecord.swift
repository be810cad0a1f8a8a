import Core
import Datasets
import Support

/// An image with which something seems to be wrong: a line of suspects.csv.
package struct Suspect: Codable, Sendable, Equatable {
  package enum Problem: String, Codable, Sendable, CaseIterable {
    /// Most probably of another class than it is said to be.
    case label
    /// Equal to another one to the last byte.
    case copy
    /// Shows almost what another one does.
    case nearCopy = "near copy"
    /// All of one colour.
    case oneColour = "one colour"
    /// Much less sharp than the others.
    case blurred
    /// Much smaller than what the network takes, and than the others.
    case tiny
    /// Of another shape or size than nearly all others.
    case oddSize = "odd size"

    /// Whether it is told from the picture itself, and not from its label, digest or features.
    package var isOfThePicture: Bool {
      switch self {
      case .label, .copy, .nearCopy: false
      case .oneColour, .blurred, .tiny, .oddSize: true
      }
    }
  }

  /// Its place among the images of the train cache and, behind them, those of the validation cache and of the test cache.
  package let image: Int
  package let name: String
  package let split: String
  package let problem: Problem
  /// The class that it is said to be of; empty where nobody says it.
  package let given: String
  /// The class that it seems to be of; the image that it is a copy of, with its split and class; what is wrong with the picture.
  package let suggested: String
  /// From 0 to 1: the probability of the given class for labels, the cosine for copies; of pictures the sharpness or the size
  /// as a share of the usual.
  package let score: Double
  /// Of labels, the probability of the class that is suggested.
  package let suggestedScore: Double?
  /// Of copies, the place of the image that it is a copy of.
  package let original: Int?

  package init(
    image: Int, name: String, split: Split, problem: Problem, given: String, suggested: String, score: Double,
    suggestedScore: Double? = nil, original: Int? = nil
  ) {
    (self.image, self.name, self.split, self.problem) = (image, name, split.rawValue, problem)
    (self.given, self.suggested, self.score, self.suggestedScore) = (given, suggested, score, suggestedScore)
    self.original = original
  }

  package static let columns = ["path", "split", "problem", "given", "suggested", "score"]

  /// What a line is of.
  package struct Place: Hashable {
    private let name: String
    private let split: String
    package let problem: Problem

    fileprivate init(_ suspect: Suspect) {
      (name, split, problem) = (suspect.name, suspect.split, suspect.problem)
    }

    /// - Parameter fields: of a line, in the order of the columns.
    /// - Returns: nil where that is no problem that there is.
    package init?(_ fields: [String]) {
      guard let problem = Problem(rawValue: fields[2]) else { return nil }
      (name, split, self.problem) = (fields[0], fields[1], problem)
    }
  }

  package var place: Place { Place(self) }

  /// In the order of the columns.
  package var fields: [String] { [name, split, problem.rawValue, given, suggested, fixed(score, 4)] }
}

/// What `inspect` found last: what the report shows of it.
package struct InspectionRecord: Codable, Equatable, Sendable {
  /// Of the caches that were inspected.
  package let trainKey: String
  package let validKey: String
  /// Nil: there was none.
  package let testKey: String?
  package let suspects: [Suspect]
  /// Of the table as it was written; nil where an earlier version wrote it.
  package let tableDigest: String?
  /// True where no picture could be looked at; nil otherwise.
  package let picturesUnseen: Bool?
  /// True where there were too few images to judge labels; nil otherwise.
  package let labelsUnjudged: Bool?

  package init(
    trainKey: String, validKey: String, testKey: String?, suspects: [Suspect], tableDigest: String? = nil,
    picturesUnseen: Bool? = nil, labelsUnjudged: Bool? = nil
  ) {
    (self.trainKey, self.validKey, self.testKey, self.suspects) = (trainKey, validKey, testKey, suspects)
    (self.tableDigest, self.picturesUnseen, self.labelsUnjudged) = (tableDigest, picturesUnseen, labelsUnjudged)
  }

  /// Whether nobody looked for such a problem.
  package func isUnseen(_ problem: Suspect.Problem) -> Bool {
    problem.isOfThePicture && picturesUnseen == true || problem == .label && labelsUnjudged == true
  }
}
