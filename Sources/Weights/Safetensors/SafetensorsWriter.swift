import Core
import Foundation
import Storage

/// A head as safetensors (https://github.com/huggingface/safetensors): float32 tensors named `dense.kernel`,
/// `batch_normalization.gamma`, … in Keras' shapes, and what it takes to build it as metadata.
public enum SafetensorsWriter {
  /// The file: the header's length in 8 bytes, the header in JSON, and the tensors.
  ///
  /// - Parameters:
  ///   - head: the trained head.
  ///   - tail: the convolutions before it that were fine-tuned, as `block5_conv1.kernel`, …
  ///   - metadata: texts that ride along.
  public static func file(_ head: Head, behind tail: BackboneTail? = nil, metadata: [String: String]) throws -> Data {
    let names = head.architecture.layerNames
    var entries: [String: Entry] = [:]
    var body = Data()
    func add(_ name: String, _ shape: [Int], _ values: [Float]) {
      let bytes = values.littleEndianBytes
      entries[name] = Entry(dtype: "F32", shape: shape, dataOffsets: [body.count, body.count + bytes.count])
      body += bytes
    }
    for (row, parameters) in zip(tail?.rows ?? [], tail?.convolutions ?? []) {
      add("\(row.name).kernel", [3, 3, row.inputChannels, row.outputChannels], parameters.kernel)
      add("\(row.name).bias", [row.outputChannels], parameters.bias)
    }
    for (variable, values) in zip(head.architecture.variables, head.values) {
      add("\(names[variable.layer]).\(variable.name)", variable.shape, values)
    }
    var header = Data(try Header(entries: entries, metadata: metadata).canonicalJSON().utf8)
    // The tensors start at a multiple of 8 bytes.
    header += Data(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    return [UInt64(header.count).littleEndian].littleEndianBytes + header + body
  }

  private struct Entry: Encodable {
    let dtype: String
    let shape: [Int]
    let dataOffsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case dataOffsets = "data_offsets"
    }
  }

  private struct Header: Encodable {
    let entries: [String: Entry]
    let metadata: [String: String]

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      var values = entries.mapValues(Value.entry)
      values["__metadata__"] = .metadata(metadata)
      try container.encode(values)
    }
  }

  private enum Value: Encodable {
    case entry(Entry)
    case metadata([String: String])

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .entry(let entry): try entry.encode(to: encoder)
      case .metadata(let metadata): try metadata.encode(to: encoder)
      }
    }
  }
}
