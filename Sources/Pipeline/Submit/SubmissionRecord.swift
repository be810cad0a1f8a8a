import Crypto
import Foundation

/// What is kept beside the submission, which as a CSV file can't hold it: where it came from.
struct SubmissionRecord: Codable {
  let key: String
  /// SHA-256 of the submission.
  let digest: String
  let rows: Int
  /// For people: test accuracy, clipping.
  let results: [String]

  init(key: String, digest: String, rows: Int, results: [String]) {
    self.key = key
    self.digest = digest
    self.rows = rows
    self.results = results
  }

  /// The record at the path; nil where there is none that can be read.
  init?(_ path: String) {
    guard let data = FileManager.default.contents(atPath: path),
      let record = try? JSONDecoder().decode(SubmissionRecord.self, from: data)
    else { return nil }
    self = record
  }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  static func digest(of path: String) throws -> String {
    SHA256.hash(data: try Data(contentsOf: URL(fileURLWithPath: path))).hexadecimal
  }
}
