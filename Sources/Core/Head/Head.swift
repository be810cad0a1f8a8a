/// A head: its architecture and the values of all its variables.
public struct Head: Sendable, Equatable {
  public let architecture: HeadArchitecture
  /// The values, row by row, of ``HeadArchitecture/variables`` in their order, which is that of
  /// `keras.Model.get_weights`.
  public let values: [[Float]]

  /// - Throws: ``HeadError`` where the values don't have the architecture's shapes.
  public init(architecture: HeadArchitecture, values: [[Float]]) throws(HeadError) {
    let variables = architecture.variables
    guard values.count == variables.count else {
      throw HeadError.variableCount(values.count, expected: variables.count)
    }
    for (variable, values) in zip(variables, values) where values.count != variable.count {
      let name = "\(architecture.layerNames[variable.layer])/\(variable.name)"
      throw HeadError.valueCount(values.count, variable: name, shape: variable.shape)
    }
    self.architecture = architecture
    self.values = values
  }

  /// A new head, initialised as Keras does by default: kernels Glorot uniform (Glorot and Bengio 2010: between ±√(6 /
  /// (I + O))), γ and the moving variance 1, all else 0.
  public init(architecture: HeadArchitecture, seed: UInt64) {
    self.architecture = architecture
    values = architecture.variables.map { variable in
      switch variable.name {
      case "kernel":
        let limit = (6 / Float(variable.shape[0] + variable.shape[1])).squareRoot()
        var random = Philox(seed: seed, stream: HeadStream.initialization(layer: variable.layer))
        return (0..<variable.count).map { _ in random.uniform(from: -limit, to: limit) }
      case "gamma", "moving_variance": return [Float](repeating: 1, count: variable.count)
      default: return [Float](repeating: 0, count: variable.count)
      }
    }
  }

  /// What batch normalization adds to a variance.
  public static let batchNormalizationEpsilon = BatchNormalization.epsilon

  /// The probability of each class for each row, N×K, row by row.
  ///
  /// The same bytes on any number of threads, and for a row whichever rows are beside it.
  ///
  /// - Precondition: `features` has the architecture's number of columns.
  public func probabilities(
    of features: FeatureMatrix, on pool: WorkerPool, instructionSet: InstructionSet = .current
  ) -> [Float] {
    let network = HeadNetwork(head: self, batchSize: 64, training: false, pool: pool, instructionSet: instructionSet)
    return network.probabilities(of: features)
  }
}

/// The streams of random numbers that a head's seed is the key of.
enum HeadStream {
  static func initialization(layer: Int) -> UInt64 { 1 << 56 | UInt64(layer) }
  static func shuffle(epoch: UInt64) -> UInt64 { 2 << 56 | epoch }
  static func dropout(step: UInt64, layer: Int) -> UInt64 { 3 << 56 | step << 8 | UInt64(layer) }
}
