import Core
import Foundation

/// What features of different files must have in common to be used together.
struct FeatureOrigin: Sendable, Equatable {
  /// By the name of the attribute.
  let fields: [String: String]
  let labelNames: [String]

  static let names = [
    CacheSchema.Attribute.schema, CacheSchema.Attribute.layer, CacheSchema.Attribute.inputSize,
    CacheSchema.Attribute.preprocessing, CacheSchema.Attribute.resize, CacheSchema.Attribute.weightsDigest,
  ]

  /// Takes the fields from a file's attributes.
  init(attributes: [String: String], labelNames: [String]) {
    fields = attributes.filter { Self.names.contains($0.key) }
    self.labelNames = labelNames
  }

  /// - Throws: ``PipelineError`` naming the first field that differs, both files and both values.
  func check(against other: FeatureOrigin, path: String, otherPath: String) throws {
    for name in Self.names where fields[name] != other.fields[name] {
      let (value, otherValue) = ((fields[name] ?? "missing").printable, (other.fields[name] ?? "missing").printable)
      throw PipelineError(
        "\(path) and \(otherPath) don't belong together: \(name) is \(value) in the one and \(otherValue) in the other; "
          + "run the earlier stages again")
    }
    guard labelNames == other.labelNames else {
      throw PipelineError(
        "\(path) and \(otherPath) don't belong together: label_names is \("\(labelNames)".printable) in the one and "
          + "\("\(other.labelNames)".printable) in the other; run the earlier stages again")
    }
  }
}
