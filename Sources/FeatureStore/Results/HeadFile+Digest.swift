import Foundation
import HDF5
import Storage
import Support

extension HDF5File {
  /// SHA-256, in hexadecimal, over everything in the file: of each group and data set the path, of each data set and
  /// attribute the name, type, shape and elements.
  ///
  /// - Parameter excluded: a root attribute that is left out: the one that holds the digest.
  /// - Throws: `HDF5Error` for what has no checksum of its own or no fixed size, or can't be read; ``PipelineError`` for
  ///   groups within each other without end.
  package func contentDigest(without excluded: String) throws -> String {
    var hash = SHA256()
    try hash.update(self, without: excluded)
    return hash.finalize().hexadecimal
  }
}

extension SHA256 {
  /// More than any layer's variables lie below the root.
  private static let deepest = 8

  fileprivate mutating func update(
    _ container: some HDF5Container, without excluded: String? = nil, depth: Int = 0
  ) throws {
    guard depth < Self.deepest else { throw PipelineError("\(container.filePath): groups lie too deep in each other") }
    update("group \(container.path)")
    try update(attributesOf: container, without: excluded)
    for (name, kind) in try container.members {
      switch kind {
      case .group: try update(container.group(name), depth: depth + 1)
      case .dataset:
        let dataset = try container.dataset(name)
        update("data set \(dataset.path) \(dataset.elementType) \(dataset.shape)")
        update(data: try dataset.readBytes())
        try update(attributesOf: dataset, without: nil)
      case .other: update("other \(name)")
      }
    }
  }

  private mutating func update(attributesOf object: some HDF5Object, without excluded: String?) throws {
    for name in try object.attributeNames where name != excluded {
      update("attribute \(name) \(try object.attributeType(name)) \(try object.attributeShape(name))")
      update(data: try object.attributeBytes(name))
    }
  }

  /// A line with its length before it.
  private mutating func update(_ line: String) { update(data: Data("\(line.utf8.count):\(line)\n".utf8)) }
}
