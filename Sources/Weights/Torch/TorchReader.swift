import Foundation
import Pickle
import Zip

/// Reads the convolutions of a state dict that `torch.save` wrote (torch/serialization.py), in either container.
enum TorchReader {
  // MARK: The container of PyTorch 1.6 and later

  /// Whether a zip file is PyTorch's: `NAME/data.pkl` and `NAME/data/0`, `NAME/data/1`, …
  static func recognizes(_ archive: ZipArchive) -> Bool {
    folder(in: archive) != nil
  }

  private static func folder(in archive: ZipArchive) -> String? {
    archive.names.first { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }.map { String($0.dropLast(8)) }
  }

  /// - Parameter limit: of each unpacked entry, in bytes.
  /// - Throws: ``Unreadable``.
  static func read(_ archive: ZipArchive, limit: Int) throws -> WeightContent {
    let folder = folder(in: archive) ?? ""
    if archive.names.contains(folder + "byteorder") {
      let order = try archive.contents(of: folder + "byteorder", limit: 64)
      guard order.elementsEqual("little".utf8) else { throw Unreadable("PyTorch file of a big-endian machine") }
    }
    var pickle = TorchPickle(try archive.contents(of: folder + "data.pkl", limit: TorchPickle.limit))
    let value = try pickle.load()
    return try content("PyTorch (zip)", pickle.stateDicts(value)) { storage in
      { body in
        let contents = try archive.contents(of: "\(folder)data/\(storage.key)", limit: min(storage.byteCount, limit))
        try contents.withUnsafeBytes(body)
      }
    }
  }

  // MARK: The container before that

  private static let legacySignature: [UInt8] = [
    0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
  ]

  /// Whether the file starts with the pickle of PyTorch's magic number.
  static func recognizes(_ data: Data) -> Bool {
    data.starts(with: legacySignature)
  }

  /// Five pickles (magic number, version, the machine, the state dict, the storages' keys), and then for each key
  /// 8 bytes with the number of elements, and the elements.
  ///
  /// - Throws: ``Unreadable``.
  static func read(_ data: Data) throws -> WeightContent {
    var pickle = TorchPickle(data)
    _ = try pickle.load()
    _ = try pickle.load()
    let machine = try pickle.load()
    if case .bool(false)? = try pickle.entries(of: machine).first(where: { $0.key == "little_endian" })?.value {
      throw Unreadable("PyTorch file of a big-endian machine")
    }
    let object = try pickle.load()
    let tensors = try pickle.stateDicts(object)
    let list = try pickle.load()
    let keys = try pickle.strings(list)

    var contents: [String: Data] = [:]
    var rest = data.dropFirst(pickle.position)
    for key in keys {
      guard let storage = pickle.storages[key] else { throw Unreadable("storage \(key) belongs to no tensor") }
      rest = rest.dropFirst(8)
      contents[key] = rest.prefix(storage.byteCount)
      rest = rest.dropFirst(storage.byteCount)
    }
    return try content("PyTorch (legacy)", tensors) { [contents] storage in
      { body in
        guard let bytes = contents[storage.key] else { throw Unreadable("storage \(storage.key) is not in the file") }
        try bytes.withUnsafeBytes(body)
      }
    }
  }

  // MARK: Both

  /// - Parameter entries: state dicts with their names in the checkpoint, the largest first.
  private static func content(
    _ format: String, _ entries: [TorchStateDict], bytes: (TorchStorage) -> StoredTensor.Bytes
  ) throws -> WeightContent {
    func state(_ entry: TorchStateDict) throws -> StateDict {
      try StateDict(
        inOrder: entry.tensors.compactMap { name, tensor in
          guard let elementType = ElementType(rawValue: tensor.storage.type) else { return nil }
          return try StoredTensor(
            name: name, elementType: elementType, shape: tensor.shape, strides: tensor.strides, offset: tensor.offset,
            bytes: bytes(tensor.storage))
        }, layers: entry.layers)
    }
    // What stands beside the largest may be anything.
    let states = [try state(entries[0])] + entries.dropFirst().map { (try? state($0)) ?? StateDict(inOrder: []) }
    let listed = entries[0].tensors.map {
      ListedTensor(name: $0.name, shape: $0.tensor.shape, type: $0.tensor.storage.type)
    }
    let parts = zip(states, entries).flatMap { $0.parts(of: entries.count > 1 ? $1.name : nil) }
    return WeightContent(format: format, tensors: listed, chain: states[0].chain(), parts: parts)
  }
}
