/// Which of K classes each of N images has: any number of them. N×K, 1 where it has the class and 0 where not.
public struct TagMatrix: Sendable, Equatable {
  /// K.
  public let classes: Int
  /// Row by row.
  public let values: [UInt8]

  /// N.
  public var count: Int { values.count / classes }

  /// - Precondition: whole rows of zeros and ones.
  public init(values: [UInt8], classes: Int) {
    precondition(classes > 0 && values.count % classes == 0, "\(values.count) values of \(classes) classes")
    precondition(values.allSatisfy { $0 <= 1 }, "a tag is there or not")
    (self.values, self.classes) = (values, classes)
  }

  public func has(_ row: Int, _ label: Int) -> Bool { values[row * classes + label] == 1 }

  /// The classes that a row has, ascending.
  public func labels(ofRow row: Int) -> [Int] { (0..<classes).filter { has(row, $0) } }

  /// How many rows have a class.
  public func count(of label: Int) -> Int { (0..<count).count { has($0, label) } }

  /// Some of the rows, in the given order.
  public func selecting(_ rows: [Int]) -> TagMatrix {
    TagMatrix(values: rows.flatMap { values[$0 * classes..<($0 + 1) * classes] }, classes: classes)
  }

  public static func + (first: TagMatrix, second: TagMatrix) -> TagMatrix {
    TagMatrix(values: first.values + second.values, classes: first.classes)
  }
}
