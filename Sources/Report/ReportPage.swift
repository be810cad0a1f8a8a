/// What the report shows, as the template reads it: everything is text, worked out and in its final order. The template
/// escapes all of it but images, so that no name of a file or class can become HTML.
struct ReportPage {
  let title: String
  /// What decides the page; see ``Report/update(head:)``.
  let key: String
  let heading: String
  /// What was run, in words.
  let summary: String
  let measures: [Measure]
  let facts: [Fact]
  let trainingNote: String?
  let curves: [Chart]
  let comparisons: [Table]
  let sweep: Chart?
  /// What the galleries and tables are of.
  let imagesName = "Validation images"
  let confusion: ConfusionMatrix
  let classes: [ClassRow]
  let hasDistribution = true
  let calibration: [Chart]
  let galleries: [GalleryPage]
  /// Why there are no images.
  let galleryNote: String?
  let splits: [String]
  let distribution: [DistributionRow]
  let skipped: [SkippedRow]
  let hasSkipped: Bool
  let submission: SubmissionPage?
  let createdBy: String

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
      let rows: [Row]
    }

    struct Row {
      let name: String
      let cells: [Cell]
    }

    struct Cell {
      /// Empty for none.
      let count: String
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
    /// The recall as the length of a bar, in per cent.
    let bar: Int
  }

  struct GalleryPage {
    let name: String
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
    let name: String
  }

  struct DistributionRow {
    let name: String
    let cells: [DistributionCell]
  }

  struct DistributionCell {
    let count: String
    /// The length of a bar, in per cent of the most frequent class'.
    let bar: Int
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
