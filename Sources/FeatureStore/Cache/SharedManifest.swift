import Core
import Datasets
import Foundation
import HDF5
import Support

/// The list of images that the shards on many machines share: one machine listed and read them for all.
///
/// As long as the file is there, the cache folder is the shards': an ordinary `extract` keeps out of it.
package struct SharedManifest {
  package let path: String
  package let shardCount: Int
  private let file: HDF5File

  private static let schema = "vgg16-feature-manifest/2"
  private static let shards = "shards"

  /// - Throws: ``PipelineError`` where it can't be read.
  package init(_ path: String) throws {
    self.path = path
    do {
      file = try HDF5File.open(path)
      shardCount = Int(try file.attribute(Self.shards, as: Int64.self))
      let schema = try file.attribute(CacheSchema.Attribute.schema, as: String.self)
      guard schema == Self.schema else { throw PipelineError("of schema \(schema.printable)") }
      guard 1...Shard.maximumCount ~= shardCount else { throw PipelineError("of \(shardCount) shards") }
    } catch {
      throw PipelineError("\(path): not a list of images of this version (\(error)); make it again: extract --shards N")
    }
  }

  /// Writes the list, of which each split has a group.
  ///
  /// - Parameter isFirst: several machines may do so at once, and the first that is done prevails.
  package static func write(_ plans: [SplitPlan], shardCount: Int, to path: String, isFirst: Bool) throws {
    try HDF5File.write(path, isFirst ? .keepFirst : .replace) { file in
      for plan in plans { try write(plan, to: file) }
      try file.setAttribute(CacheSchema.Attribute.schema, schema, isFixed: true)
      try file.setAttribute(shards, Int64(shardCount))
    }
  }

  private static func write(_ plan: SplitPlan, to file: HDF5File) throws {
    let (examples, name) = (plan.manifest.examples, plan.split.rawValue + "/")
    let group = try file.createGroup(plan.split.rawValue)
    try file.writeChecked(name + CacheSchema.Name.filenames, examples.map(\.name))
    try file.writeLabels(
      name + CacheSchema.Name.labels, of: examples, classes: plan.manifest.labelNames.count,
      isMultiLabel: plan.manifest.isMultiLabel)
    try file.writeChecked(name + CacheSchema.Name.groups, examples.map { $0.group ?? "" })
    try file.writeChecked(name + CacheSchema.Name.labelNames, plan.manifest.labelNames)
    try file.writeChecked(
      name + CacheSchema.Name.digests, plan.manifest.contents.flatMap(\.bytes), row: [ContentDigest.byteCount])
    try group.setAttribute(CacheSchema.Attribute.specification, plan.spec.canonical, isFixed: true)
  }

  // MARK: - What a machine sees

  /// The digests of a split's images, after a look at whether this machine lists the same ones.
  ///
  /// - Throws: ``PipelineError`` that says what differs.
  package func contents(of split: Split, in dataset: ImageDataset) throws -> [ContentDigest] {
    let listed = try read(split)
    let here = dataset.examples(in: split)
    guard here == listed.examples, dataset.labelNames == listed.labelNames else {
      let difference = Self.difference(between: here, and: listed.examples).printable
      throw PipelineError(
        "\(path): \(ProcessInfo.processInfo.hostName) sees other images in \(dataset.path) than are listed: "
          + "\(split.rawValue): \(difference); make it see the same, or make the list again: extract --shards \(shardCount)"
      )
    }
    return listed.contents
  }

  /// - Throws: ``PipelineError`` where the plans, made of a shard's options, are not those of the list.
  package func check(_ plans: [SplitPlan]) throws {
    for plan in plans {
      let listed = try spec(of: plan.split)
      let changes = plan.spec.changes(since: listed)
      guard changes.isEmpty else {
        throw PipelineError(
          "\(path): made with other options: \(changes.joined(separator: "; ")); give all shards the same, or make it again: "
            + "extract --shards \(shardCount)")
      }
    }
  }

  private func spec(of split: Split) throws -> CacheSpec {
    try CacheSpec(
      canonical: file.group(split.rawValue).attribute(CacheSchema.Attribute.specification, as: String.self))
  }

  private func read(
    _ split: Split
  ) throws -> (examples: [Example], labelNames: [String], contents: [ContentDigest]) {
    let name = split.rawValue + "/"
    do {
      let names = try file.readChecked(name + CacheSchema.Name.filenames)
      let labelNames = try file.readChecked(name + CacheSchema.Name.labelNames)
      let isMultiLabel = try spec(of: split).isMultiLabel
      let labels = try file.readLabels(
        name + CacheSchema.Name.labels, rows: names.count, classes: labelNames.count, isMultiLabel: isMultiLabel)
      let groups = try file.readChecked(name + CacheSchema.Name.groups)
      let contents = try file.readDigests(name + CacheSchema.Name.digests)
      guard [groups.count, contents.count].allSatisfy({ $0 == names.count }) else {
        throw PipelineError("the data sets of \(split.rawValue) are not of one length")
      }
      let examples = names.indices.map { row in
        Example(
          name: names[row], label: isMultiLabel ? Example.unknownLabel : labels[row]?[0] ?? Example.unknownLabel,
          tags: isMultiLabel ? labels[row] : nil, group: groups[row].isEmpty ? nil : groups[row])
      }
      return (examples, labelNames, contents)
    } catch {
      let reason = (error as? DamagedRows)?.summary ?? "\(error)"
      throw PipelineError("\(path): can't be read (\(reason.printable)); make it again: extract --shards \(shardCount)")
    }
  }

  private static func difference(between here: [Example], and listed: [Example]) -> String {
    let (namesHere, namesListed) = (Set(here.map(\.name)), Set(listed.map(\.name)))
    let missing = listed.filter { !namesHere.contains($0.name) }
    let added = here.filter { !namesListed.contains($0.name) }
    let changed = zip(here, listed).first { $0 != $1 }.map { "\($1.name) has another class, group or place" }
    let facts = [
      missing.first.map { "\(count(missing.count, "image")) missing here, such as \($0.name)" },
      added.first.map { "\(count(added.count, "image")) not listed, such as \($0.name)" },
    ].compactMap(\.self)
    return facts.isEmpty ? changed ?? "the classes have other names" : facts.joined(separator: ", ")
  }
}
