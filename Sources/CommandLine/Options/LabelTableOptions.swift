import ArgumentParser
import Datasets

/// The table that tells the classes of pictures.
struct LabelTableOptions: ParsableArguments {
  @Option(help: "A CSV with the class of each image, in the column label: id,label.", transform: path)
  var labels: String?

  @Flag(
    help: """
      An image has any number of labels: several in a cell of --labels, between spaces or semicolons, or a column of 0 and \
      1 for each.
      """)
  var tags = false

  @Option(help: "The column of --labels that has the class.")
  var labelColumn: String?

  func validate() throws {
    guard labelColumn == nil || labels != nil else {
      throw ValidationError("--label-column is a column of --labels FILE.")
    }
    guard !tags || labels != nil else { throw ValidationError("--tags are in a table: --labels FILE.") }
  }

  /// Writes them into the options of a data set.
  func apply(to options: inout DatasetOptions) {
    (options.labels, options.labelColumn, options.isMultiLabel) = (labels, labelColumn, tags)
  }
}
