import Datasets
import Testing

@Suite("Splits by seed")
struct SplitTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = try folder.write("digits.csv", TableTests.sample(rows: 600))
  }

  private func rows(seed: UInt64 = 1, valid: Double = 0.1, test: Double = 0.2) throws -> [[Int]] {
    let options = DatasetOptions(kind: .sample, seed: seed, validFraction: valid, testFraction: test)
    let data = try ImageDataset.open(path, options: options)
    return Split.allCases.map { data.examples(in: $0).map { Int($0.name)! } }
  }

  @Test("every row is in exactly one split, in the order of the table")
  func partition() throws {
    let splits = try rows()
    #expect(splits.flatMap(\.self).sorted() == Array(1...600))
    #expect(splits.allSatisfy { $0 == $0.sorted() })
  }

  @Test("each class is dealt out by the same fractions")
  func stratified() throws {
    for (split, expected) in zip(try rows(), [140, 20, 40]) {
      let classes = Dictionary(grouping: split) { ($0 - 1) % 3 }
      #expect(classes.values.map(\.count) == [expected, expected, expected])
    }
  }

  @Test("the seed decides, and nothing else")
  func seeded() throws {
    let first = try rows(seed: 1)
    #expect(try rows(seed: 1) == first)
    let second = try rows(seed: 2)
    for (one, other) in zip(first, second) { #expect(one != other) }
  }

  @Test("a split stays what it is from version to version")
  func pinned() throws {
    let splits = try rows(valid: 0.01, test: 0.01)
    #expect(splits[1] == [71, 256, 262, 362, 450, 528])
    #expect(splits[2] == [24, 213, 311, 316, 365, 544])
  }

  @Test("no row is lost where a class is too small to be dealt out")
  func tinyClasses() throws {
    let path = try folder.write("tiny.csv", "1,2,3,4,0\n1,2,3,4,1\n1,2,3,4,1\n")
    let options = DatasetOptions(kind: .sample, validFraction: 0.5, testFraction: 0.4)
    let data = try ImageDataset.open(path, options: options)
    #expect(data.examples(in: .train).map(\.name).contains("1"))
    #expect(Split.allCases.flatMap { data.examples(in: $0) }.count == 3)
  }

  @Test("fractions that are not, or leave nothing", arguments: [(-0.1, 0.2), (0.5, 0.5), (1, 0), (.nan, 0.1)])
  func badFractions(valid: Double, test: Double) {
    #expect(throws: DatasetError.self) { try rows(valid: valid, test: test) }
  }
}
