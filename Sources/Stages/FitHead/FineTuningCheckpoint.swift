import Console
import Core
import FeatureStore
import Foundation
import HDF5
import Support

/// Where fine-tuning is after an epoch: an HDF5 file, with a digest over everything in it.
struct FineTuningCheckpoint: Equatable {
  /// Of the head that is to come of it.
  let key: String
  let state: FineTuner.State
  let course: FineTuningRun.Course

  private enum Name {
    static let key = "head_key"
    static let step = "step"
    static let bestEpoch = "best_epoch"
    static let digest = "content_digest"
    static let values = "values"
    static let first = "first_moments"
    static let second = "second_moments"
    static let best = "best"
    static let epochs = "epochs"
  }

  /// - Throws: `HDF5Error` where it can't be written.
  func write(_ path: String) throws {
    try HDF5File.write(path) { file in
      for (name, arrays) in [
        (Name.values, state.values), (Name.first, state.firstMoments), (Name.second, state.secondMoments),
        (Name.best, course.best ?? []),
      ] {
        for (index, values) in arrays.enumerated() {
          try file.createDataset("\(name)/\(index)", .float32, shape: [values.count]).write(values)
        }
      }
      let epochs = course.epochs.flatMap { epoch in
        [
          epoch.learningRate, epoch.training.loss, epoch.training.accuracy, epoch.validation.loss,
          epoch.validation.accuracy,
        ]
      }
      try file.createDataset(Name.epochs, .float64, shape: [course.epochs.count, 5]).write(epochs)
      try file.setAttribute(Name.key, key, isFixed: true)
      try file.setAttribute(Name.step, Int64(state.step))
      try file.setAttribute(Name.bestEpoch, Int64(course.bestEpoch))
      try file.setAttribute(Name.digest, try file.contentDigest(without: Name.digest), isFixed: true)
    }
  }

  /// The checkpoint of a head; nil where there is none. One that can't be used is said, and training begins anew.
  ///
  /// - Parameter start: the course before the first epoch.
  static func read(
    _ path: String, key: String, behind start: FineTuningRun.Course, terminal: Terminal
  ) -> FineTuningCheckpoint? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      let checkpoint = try FineTuningCheckpoint(path)
      if checkpoint.key == key, checkpoint.course.epochs.starts(with: start.epochs) { return checkpoint }
      terminal.warn("\(path): of another training; fine-tuning begins with its first epoch")
    } catch {
      terminal.warn("\(error); fine-tuning begins with its first epoch")
    }
    return nil
  }

  init(key: String, state: FineTuner.State, course: FineTuningRun.Course) {
    (self.key, self.state, self.course) = (key, state, course)
  }

  private init(_ path: String) throws {
    let file = try HDF5File.open(path)
    guard try file.attribute(Name.digest, as: String.self) == file.contentDigest(without: Name.digest) else {
      throw PipelineError("\(path): damaged")
    }
    func arrays(_ name: String) throws -> [[Float]] {
      guard try file.exists(name) else { return [] }
      let count = try file.group(name).members.count
      return try (0..<count).map { try file.dataset("\(name)/\($0)").read(Float.self) }
    }
    key = try file.attribute(Name.key)
    let step: Int = try file.attribute(Name.step)
    guard step >= 0 else { throw PipelineError("\(path): its parts don't fit each other") }
    state = FineTuner.State(
      step: UInt64(step), values: try arrays(Name.values), firstMoments: try arrays(Name.first),
      secondMoments: try arrays(Name.second))
    let columns = try file.dataset(Name.epochs).read(Double.self)
    let epochs = (0..<columns.count / 5).map { row in
      TrainingHistory.Epoch(
        number: row + 1, learningRate: columns[5 * row],
        training: HeadMetrics(loss: columns[5 * row + 1], accuracy: columns[5 * row + 2]),
        validation: HeadMetrics(loss: columns[5 * row + 3], accuracy: columns[5 * row + 4]))
    }
    let best = try arrays(Name.best)
    course = FineTuningRun.Course(
      epochs: epochs, bestEpoch: try file.attribute(Name.bestEpoch), best: best.isEmpty ? nil : best)
    guard (1...max(epochs.count, 1)).contains(course.bestEpoch), !epochs.isEmpty,
      best.isEmpty || best.map(\.count) == state.values.map(\.count)
    else { throw PipelineError("\(path): its parts don't fit each other") }
  }
}
