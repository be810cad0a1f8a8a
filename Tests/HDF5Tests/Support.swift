import Foundation
import HDF5
import Testing

/// A folder of its own for a test, removed at the end.
func withFolder<Result>(_ body: (_ folder: String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hdf5-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// The path of a file that make_hdf5.py made.
func fixture(_ name: String) throws -> String {
  try #require(Bundle.module.url(forResource: name, withExtension: "h5", subdirectory: "Fixtures")).path
}

/// The message of the error that `body` throws, which must be one line.
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    Issue.record("no error")
    return ""
  } catch {
    let message = "\(error)"
    #expect(!message.contains("\n"))
    #expect(error is HDF5Error)
    return message
  }
}

func bytes(of path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

func write(_ bytes: some Collection<UInt8>, to path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// Everything that is in a file, as text, read through every part of the module.
func contents(of path: String) throws -> [String] {
  let file = try HDF5File.open(path)
  var lines: [String] = []
  try list(file, depth: 0, into: &lines)
  return lines
}

private func list(_ container: some HDF5Container, depth: Int, into lines: inout [String]) throws {
  try listAttributes(of: container, into: &lines)
  guard depth < 8 else { return }
  for (name, kind) in try container.members {
    switch kind {
    case .group: try list(try container.group(name), depth: depth + 1, into: &lines)
    case .other: lines.append("\(container.path) \(name) other")
    case .dataset:
      let dataset = try container.dataset(name)
      try listAttributes(of: dataset, into: &lines)
      lines.append("\(dataset.path) \(dataset.shape) \(dataset.maximumShape) \(dataset.elementType)")
      lines.append("\(String(describing: dataset.chunkShape)) \(dataset.filters) \(try dataset.dimensionLabels)")
      if dataset.filters.contains(where: { if case .other = $0 { true } else { false } }) { continue }
      if dataset.elementType.isString {
        lines.append("\(try dataset.read(String.self))")
      } else if dataset.elementType.isNumeric {
        lines.append("\(try dataset.read(Double.self))")
      }
    }
  }
}

private func listAttributes(of object: some HDF5Object, into lines: inout [String]) throws {
  for name in try object.attributeNames {
    let type = try object.attributeType(name)
    let value =
      try type.isString
      ? "\(object.attribute(name, as: [String].self))"
      : type.isNumeric ? "\(object.attribute(name, as: [Double].self))" : ""
    lines.append("\(object.path) @\(name) \(try object.attributeShape(name)) \(type) \(value)")
  }
}
