import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Support
import Synchronization

/// The part of a split that is being written, and how many images are kept. What has come together of it is kept, too, where
/// the process is interrupted.
final class OpenPart: Sendable {
  private struct State {
    var writer: PartWriter
    /// Images whose features are in files.
    var done: Int
    /// Whether nothing is written any more.
    var isClosed = false
  }

  private let state: Mutex<State>
  private let split: Split
  private let total: Int

  /// - Parameters:
  ///   - done: images that are done already.
  ///   - total: of all images.
  init(_ writer: sending PartWriter, split: Split, done: Int, of total: Int) {
    state = Mutex(State(writer: writer, done: done))
    (self.split, self.total) = (split, total)
    report(done)
  }

  /// - Throws: as `PartWriter.append`.
  func append(_ features: [Float], digests: [ContentDigest], skipped: [SkippedImage]) throws {
    try change { try $0.append(features, digests: digests, skipped: skipped) }
  }

  /// Writes what is left, after the last image.
  ///
  /// - Throws: as `PartWriter.finish`.
  func finish() throws {
    try change(isLast: true) { try $0.finish() }
  }

  /// Writes what is there, before the process ends; what fails is lost, as it would have been.
  func keep() {
    try? change(isLast: true) { try $0.finish() }
  }

  /// - Parameter isLast: whether nothing follows.
  private func change(isLast: Bool = false, _ body: (inout PartWriter) throws -> Int) throws {
    try state.withLock { state in
      // Another thread has closed it, and ends the process at any moment.
      while state.isClosed && !isLast { sleep(1) }
      guard !state.isClosed else { return }
      state.isClosed = isLast
      state.done += try body(&state.writer)
      report(state.done)
    }
  }

  private func report(_ done: Int) {
    Interruption.shared.report("\(split.rawValue): \(grouped(done)) of \(grouped(total)) images are done and kept")
  }
}
