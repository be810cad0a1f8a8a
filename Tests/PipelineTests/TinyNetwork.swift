import Core
import Foundation
import HDF5

/// A network that is made here: VGG16's layers with 32 channels each, so that what is computed is as little as can be, and its
/// weight file, half a megabyte, as Keras writes one.
enum TinyNetwork {
  static let channels = 32

  static let backbone = Backbone(
    name: "tiny", blocks: [2, 2, 3, 3, 3].map { (convolutions: $0, channels: channels) })

  /// Writes the weights: drawn so that each layer puts out about as much as it takes in (He, Zhang, Ren and Sun 2015).
  static func write(_ backbone: Backbone = backbone, to path: String) throws {
    var random = Philox(seed: 3)
    let file = try HDF5File.create(path)
    try file.setAttribute("layer_names", backbone.convolutions.map(\.name))
    for row in backbone.convolutions {
      let group = try file.createGroup(row.name)
      try group.setAttribute("weight_names", ["kernel", "bias"])
      let shape = [3, 3, row.inputChannels, row.outputChannels]
      let bound = (6 / Float(9 * row.inputChannels)).squareRoot()
      let kernel = (0..<shape.reduce(1, *)).map { _ in random.uniform(from: -bound, to: bound) }
      try group.createDataset("kernel", .float32, shape: shape).write(kernel)
      try group.createDataset("bias", .float32, shape: [row.outputChannels])
        .write([Float](repeating: 0.1, count: row.outputChannels))
    }
    try file.close()
  }
}
