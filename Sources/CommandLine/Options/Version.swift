import FeatureStore

/// The version that `--version` of every program prints, and that the files say which they write.
package enum Version {
  /// The package's name and its number: the one place that says it is `CacheSchema.createdBy`.
  package static let line = CacheSchema.createdBy

  /// The number alone, as CHANGELOG.md has it.
  package static var number: Substring { line.drop { $0 != " " }.dropFirst() }
}
