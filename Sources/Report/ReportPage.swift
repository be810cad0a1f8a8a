/// What the report shows, as the template reads it: everything is text, worked out and in its final order. The template
/// escapes all of it but images, so that no name of a file or class can become HTML.
struct ReportPage {
  let title: String
  /// What decides the page; see ``Report/update(head:)``.
  let key: String
  let kicker: String
  /// What is to be read first: how good it is.
  let headlines: [Headline]
  /// What was run, in words.
  let summary: String
  let measures: [Measure]
  let facts: [Fact]
  /// What makes the head again, a stage a line.
  let commands: [String]
  let trainingNote: String?
  let curves: [Chart]
  let comparisons: [Table]
  let sweep: Chart?
  /// What the galleries and tables are of.
  let imagesName: String
  /// Nil where an image has any number of classes.
  let confusion: ConfusionMatrix?
  let classes: [ClassRow]
  /// In place of the classes where an image has any number of them.
  let tags: TagsPage?
  let hasDistribution = true
  /// Nil where there are not two classes.
  let thresholds: ThresholdsPage?
  let calibration: CalibrationPage
  let galleries: [GalleryPage]
  /// Why there are no images.
  let galleryNote: String?
  /// Nil where there are no images, or no features of them.
  let attention: AttentionPage?
  /// Nil where `inspect` did not look at these caches, or found nothing.
  let suspects: SuspectsPage?
  let splits: [String]
  let distribution: [DistributionRow]
  let skipped: [SkippedRow]
  let hasSkipped: Bool
  let submission: SubmissionPage?
  let createdBy: String

  /// `97.8 %` `of 500 validation images are right` `95 % interval 96.1 to 98.8 %`
  struct Headline {
    let share: String
    let what: String
    let range: String
  }

  /// A number that is to be seen first.
  struct Measure {
    let name: String
    let value: String
  }

  struct Fact {
    let name: String
    let value: String
  }

  struct Table {
    let columns: [Cell]
    let rows: [[Cell]]
    let caption: String
  }

  struct Cell {
    let text: String
    let isNumber: Bool
  }

  struct ConfusionMatrix {
    /// The matrix in numbers where the classes are few; nil where they are many.
    let numbers: Numbers?
    /// The matrix as an image, a pixel a cell.
    let image: DataURI?
    let imageDescription: String
    /// The classes that were taken for others most often.
    let pairs: [Pair]
    let hasPairs: Bool

    struct Numbers {
      let names: [String]
      /// Names that are too long to stand side by side above the columns.
      let hasLongNames: Bool
      /// Whether there are so many classes that cells must be small.
      let isWide: Bool
      /// Of the classes.
      let count: String
      let rows: [Row]
    }

    struct Row {
      /// Of the first row: how many rows the axis' name stands beside.
      let axis: String?
      let name: String
      let cells: [Cell]
    }

    struct Cell {
      /// Empty for none.
      let count: String
      /// Of the class's images.
      let share: String?
      /// How strong the colour is, in per cent.
      let tint: Int
      let isRight: Bool
      let title: String
    }

    struct Pair {
      let label: String
      let predicted: String
      let count: String
      let share: String
    }
  }

  struct ClassRow {
    let name: String
    let count: String
    let recall: String
    let precision: String
    let f1: String
    /// The errors as the length of a bar, in per cent of the worst class'.
    let bar: Int
    /// The same in words.
    let errors: String
  }

  /// What is given a probability of 80 % should be so in 80 %.
  struct CalibrationPage {
    let note: String
    let charts: [Chart]
  }

  struct TagsPage {
    /// By which thresholds.
    let note: String
    let rows: [Row]

    struct Row {
      let name, count, averagePrecision: String
      /// What the average precision lacks as the length of a bar, in per cent of the worst tag's.
      let bar: Int
      let threshold, recall, precision, f2, f1: String
      /// How many are missed and too many, in words.
      let errors: String
    }
  }

  struct GalleryPage {
    let name: String
    let note: String?
    let images: [GalleryImage]
  }

  struct GalleryImage {
    let image: DataURI?
    /// In place of the image.
    let missing: String?
    let alternative: String
    let isRight: Bool
    let label: String
    let predicted: String
    let probability: String
    /// The second guess.
    let second: String
    let secondProbability: String
    let name: String
  }

  /// Where the head looks.
  struct AttentionPage {
    let note: String
    let groups: [GalleryPage]
  }

  struct SuspectsPage {
    let summary: String
    let groups: [Group]

    /// Those of one kind.
    struct Group {
      let name: String
      let images: [Picture]
      /// How many are not shown.
      let more: String?
    }

    struct Picture {
      let image: DataURI?
      let missing: String?
      let alternative: String
      let given: String
      let givenProbability: String?
      let suggested: String
      let suggestedProbability: String?
      let name: String
    }
  }

  /// Two classes, told apart by a threshold.
  struct ThresholdsPage {
    /// The class whose probability a threshold is of, unless another is named.
    let positive: String
    /// That finds 95 % of its images.
    let threshold: String
    /// Whether each image is judged by one head of several.
    let areOfFolds: Bool
    let charts: [Chart]
    /// One for each class as the positive one.
    let tables: [Table]

    struct Table {
      let caption: String
      let rows: [Row]
    }

    struct Row {
      let wanted, threshold, recall, precision, falsePositiveRate: String
    }
  }

  struct DistributionRow {
    let name: String
    /// Images of each split.
    let cells: [String]
  }

  struct SkippedRow {
    let split: String
    let name: String
    let reason: String
  }

  struct SubmissionPage {
    let summary: String
    let results: [String]
    let classes: [SubmissionClass]
    let confidences: Chart
  }

  struct SubmissionClass {
    let name: String
    let count: String
    let share: String
    let trainingShare: String
    let bar: Int
  }
}
