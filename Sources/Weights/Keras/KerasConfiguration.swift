import Foundation

/// A model's architecture as Keras writes it in JSON: the attribute `model_config` of an HDF5 file, `config.json` in a
/// `.keras` file. `{"class_name": "Functional", "config": {"name": …, "layers": [{"class_name": "Conv2D", …}, …]}}`; in
/// Keras 1 and 2.0 a Sequential's `config` is the list itself.
struct KerasConfiguration {
  /// Without the package that it is registered in.
  let className: String
  let name: String
  /// Padding, strides, activation, …
  private let config: [String: Any]
  /// As it stands in the file, for what has no key.
  private let json: Any
  /// In the model's order; nil of what is no model, or one that doesn't tell.
  let layers: [KerasConfiguration]?

  /// Nil where it is no such JSON.
  init?(_ data: Data) {
    guard let json = try? JSONSerialization.jsonObject(with: data) else { return nil }
    self.init(json, depth: 0)
  }

  private init?(_ json: Any, depth: Int) {
    // VGG16 under a new head is one model inside another.
    guard depth < 8, let entries = json as? [String: Any], let className = entries["class_name"] as? String else {
      return nil
    }
    self.json = json
    self.className = className.split(separator: ">").last.map(String.init) ?? className
    config = entries["config"] as? [String: Any] ?? [:]
    name = config["name"] as? String ?? entries["name"] as? String ?? className
    let layers = entries["config"] as? [Any] ?? config["layers"] as? [Any]
    self.layers = layers?.compactMap { KerasConfiguration($0, depth: depth + 1) }
  }

  /// Everything that is no model itself, in the order of the network.
  var leaves: [KerasConfiguration] { layers?.flatMap(\.leaves) ?? [self] }

  /// This and every model inside, by name.
  func model(named name: String) -> KerasConfiguration? {
    guard let layers else { return nil }
    if self.name == name { return self }
    for layer in layers {
      if let model = layer.model(named: name) { return model }
    }
    return nil
  }

  /// For messages: "layer rescaling (Rescaling)".
  var label: String { "layer \(name) (\(className))" }
}

// MARK: - What layers are

extension KerasConfiguration {
  var isConvolution: Bool { ["Conv2D", "Convolution2D"].contains(className) }

  /// Whether it does nothing to an image that a network is used on, or nothing that depends on what pixels mean.
  var isNeutral: Bool {
    let classes: Set = [
      "InputLayer", "Identity", "Dropout", "SpatialDropout2D", "AlphaDropout", "GaussianNoise", "GaussianDropout",
      "ActivityRegularization", "Resizing", "CenterCrop", "Cropping2D", "ZeroPadding2D", "RandAugment", "AugMix",
      "CutMix",
      "MixUp", "Solarization", "Equalization",
    ]
    return classes.contains(className) || className.hasPrefix("Random") || activation == "linear"
  }

  /// Of an activation, a ReLU or a convolution: "relu", "linear".
  var activation: String? {
    if className == "ReLU" {
      let isPlain =
        number("max_value") == nil && (number("negative_slope") ?? 0) == 0 && (number("threshold") ?? 0) == 0
      return isPlain ? "relu" : "a bounded or leaky relu"
    }
    guard className == "Activation" || isConvolution else { return nil }
    let value = config["activation"]
    if let name = value as? String { return name }
    let inner = (value as? [String: Any]).map { ($0["config"] as? String) ?? $0["class_name"] as? String ?? "unknown" }
    return (inner ?? "linear").lowercased()
  }

  /// How a convolution is applied, but for what follows it.
  ///
  /// - Parameter isPadded: whether a layer in front pads by one pixel.
  func application(isPadded: Bool) -> StoredConvolution.Application {
    let padding = text("padding") ?? text("border_mode") ?? "valid"
    var peculiarity: String?
    for key in ["strides", "subsample", "dilation_rate"] {
      let steps = integers(key)
      if steps.contains(where: { $0 != 1 }) { peculiarity = "\(key) \(steps), not 1" }
    }
    if let groups = number("groups"), groups != 1 { peculiarity = "groups \(Int(clamping: groups)), not 1" }
    let activation = activation == "linear" ? nil : activation
    let isDoublyPadded = isPadded && padding == "same"
    return StoredConvolution.Application(
      isPadded: isPadded || padding == "same",
      peculiarity: peculiarity ?? (isDoublyPadded ? "padding twice" : nil), activation: activation)
  }

  /// Of a pooling: "max 2×2".
  var pooling: String? {
    guard className.contains("Pooling2D"), !className.hasPrefix("Global") else { return nil }
    let kind = className.hasPrefix("Max") ? "max" : "average"
    let size = integers("pool_size").isEmpty ? [2, 2] : integers("pool_size")
    let strides = integers("strides").isEmpty ? size : integers("strides")
    let steps = strides == size ? "" : " by steps of \(strides.timesJoined)"
    let padding = text("padding") ?? text("border_mode") ?? "valid"
    return "\(kind) \(size.timesJoined)\(steps)\(padding == "valid" ? "" : " (padding \(padding))")"
  }

  /// Whether it pads by one pixel on each side.
  var padsByOne: Bool {
    guard className == "ZeroPadding2D" else { return false }
    let amounts = (config["padding"] as? [Any])?.flatMap { $0 as? [Any] ?? [$0] } ?? [config["padding"] ?? 1]
    return amounts.allSatisfy { ($0 as? NSNumber)?.intValue == 1 }
  }

  /// `scale · x + offset` of each channel, of a layer that does that: Rescaling, Normalization.
  ///
  /// - Parameter moments: what a Normalization has among its variables, for one that was adapted to data.
  func linearMap(moments: KerasMoments?) -> (scale: [Double], offset: [Double])? {
    switch className {
    case "Rescaling":
      let (scale, offset) = (numbers("scale"), numbers("offset"))
      return scale.isEmpty ? nil : (scale, offset.isEmpty ? [0] : offset)
    case "Normalization":
      guard config["invert"] as? Bool != true else { return nil }
      let isAdapted = numbers("mean").isEmpty && numbers("variance").isEmpty
      let mean = isAdapted ? moments?.mean ?? [] : numbers("mean")
      let variance = isAdapted ? moments?.variance ?? [] : numbers("variance")
      guard !mean.isEmpty, mean.count == variance.count, variance.allSatisfy({ $0 >= 0 }) else { return nil }
      // As Keras has it: no smaller than its epsilon.
      let deviations = variance.map { max($0.squareRoot(), 1e-7) }
      return (deviations.map { 1 / $0 }, zip(mean, deviations).map { -$0 / $1 })
    default: return nil
    }
  }

  /// Every number in it, wherever it stands; what an operation adds has no key of its own.
  var numbersAnywhere: [Double] { Self.numbers(in: json, depth: 0) }
}

// MARK: - JSON

extension KerasConfiguration {
  private func text(_ key: String) -> String? { config[key] as? String }

  private func number(_ key: String) -> Double? { (config[key] as? NSNumber)?.doubleValue }

  /// A number, or a list of them in any brackets.
  private func numbers(_ key: String) -> [Double] {
    guard let value = config[key], !(value is NSNull) else { return [] }
    return Self.numbers(in: value, depth: 0)
  }

  private func integers(_ key: String) -> [Int] { numbers(key).map { Int(clamping: $0) } }

  private static func numbers(in json: Any, depth: Int) -> [Double] {
    guard depth < 32 else { return [] }
    switch json {
    case let number as NSNumber: return [number.doubleValue]
    case let list as [Any]: return list.flatMap { numbers(in: $0, depth: depth + 1) }
    case let entries as [String: Any]:
      return entries.sorted { $0.key < $1.key }.flatMap { numbers(in: $0.value, depth: depth + 1) }
    default: return []
    }
  }
}

extension Int {
  /// The whole number nearest to zero, whatever a file says.
  fileprivate init(clamping value: Double) {
    self = value.isNaN ? 0 : Int(Swift.min(Swift.max(value, -1e9), 1e9))
  }
}
