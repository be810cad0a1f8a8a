import Core
import Foundation
import SystemPackage

/// Files beside weights that say what is done to an image: KerasHub's `preprocessor.json`, Hugging Face's
/// `preprocessor_config.json`, timm's `config.json`.
enum PreprocessorFile {
  /// What the files beside a weight file say, if there are any.
  static func stated(beside path: String) -> StatedPreprocessing? {
    stated(in: FilePath(path).removingLastComponent().string)
  }

  static func stated(in folder: String) -> StatedPreprocessing? {
    for name in ["preprocessor.json", "preprocessor_config.json", "config.json"] {
      let path = FilePath(folder.isEmpty ? "." : folder).appending(name).string
      guard let data = try? MappedFile.contents(of: path), data.count <= 16 << 20 else { continue }
      if let preprocessing = preprocessing(data) { return .plain(preprocessing, by: name) }
      // A model's own configuration need not say anything.
      if name != "config.json" { return .unclear("the file \(name) beside it") }
    }
    return nil
  }

  /// Nil where it says nothing that is understood.
  static func preprocessing(_ json: Data) -> Preprocessing? {
    guard let value = try? JSONSerialization.jsonObject(with: json) else { return nil }
    return preprocessing(in: value, depth: 0)
  }

  private static func preprocessing(in json: Any, depth: Int) -> Preprocessing? {
    guard depth < 8, let entries = json as? [String: Any] else { return nil }
    if let own = converter(entries) ?? normalizer(entries) { return own }
    // The converter is nested in what uses it, under any name.
    for key in entries.keys.sorted() {
      if let inner = preprocessing(in: entries[key] as Any, depth: depth + 1) { return inner }
    }
    return nil
  }

  /// KerasHub's ImageConverter: `scale · x + offset`, of 0–255.
  private static func converter(_ entries: [String: Any]) -> Preprocessing? {
    guard let scale = numbers(entries["scale"]) else { return nil }
    return Preprocessing([(scale, numbers(entries["offset"]) ?? [0])])
  }

  /// `(x / 255 − mean) / std`, as Hugging Face's and timm's processors have it.
  private static func normalizer(_ entries: [String: Any]) -> Preprocessing? {
    guard let mean = numbers(entries["image_mean"] ?? entries["mean"]),
      let deviation = numbers(entries["image_std"] ?? entries["std"]), deviation.allSatisfy({ $0 > 0 }),
      mean.count == deviation.count
    else { return nil }
    let rescales = entries["do_rescale"] as? Bool ?? true
    let factor = (entries["rescale_factor"] as? NSNumber)?.doubleValue ?? 1 / 255
    let normalizes = entries["do_normalize"] as? Bool ?? true
    let map = (scale: deviation.map { 1 / $0 }, offset: zip(mean, deviation).map { -$0 / $1 })
    return Preprocessing((rescales ? [([factor], [0])] : []) + (normalizes ? [map] : []))
  }

  private static func numbers(_ value: Any?) -> [Double]? {
    if let number = value as? NSNumber { return [number.doubleValue] }
    guard let list = value as? [Any], !list.isEmpty else { return nil }
    let numbers = list.compactMap { ($0 as? NSNumber)?.doubleValue }
    return numbers.count == list.count ? numbers : nil
  }
}
