import Classification
import Console
import Core
import Datasets
import Support

/// A picture and what came of it.
struct PictureAnswer: Sendable {
  let path: String
  /// Or why it can't be read, with its path.
  let prediction: Result<Prediction, DatasetError>
}

/// Classifies picture files: the next ones are read while some are computed.
struct PictureAnswers {
  let classifier: Classifier
  let threads: Int
  let terminal: Terminal

  /// Pictures that were read together.
  private struct Batch: Sendable {
    let paths: [String]
    let pixels: [Float]
    /// Why those that can't be read can't; of each path.
    let failures: [DatasetError?]
  }

  /// - Parameter each: called with every answer as soon as it is there, in the order of the paths. Nothing here keeps it.
  /// - Throws: as ``Classifier``. A picture that can't be read is an answer.
  func answer(_ paths: [String], each: (PictureAnswer) -> Void) throws {
    let read = BoundedQueue<Batch>(capacity: 2)
    let loadingPool = WorkerPool(threads: threads)
    let (batchSize, preparation) = (classifier.batchSize, classifier.preparation)
    let loading = try BackgroundThread(name: "load") {
      defer { read.close() }
      for start in stride(from: 0, to: paths.count, by: batchSize) {
        let batch = Array(paths[start..<min(start + batchSize, paths.count)])
        guard read.put(try Self.load(batch, preparation, on: loadingPool)) else { return }
      }
    }
    let progress = ProgressBar(
      "predicting", total: paths.count, unit: "pictures", quiet: terminal.quiet || paths.count < 32)
    defer { progress.finish() }
    do {
      while let batch = read.take() {
        let answers = try predict(batch)
        progress.advance(by: answers.count)
        progress.aside { answers.forEach(each) }
      }
    } catch {
      read.close()
      try? loading.join()
      throw error
    }
    try loading.join()
  }

  private static func load(_ paths: [String], _ preparation: InputPreparation, on pool: WorkerPool) throws -> Batch {
    let (pixels, failures) = try pool.pixels(of: paths.count, length: preparation.length) { index, room in
      do {
        let content = try PictureFiles.content(of: paths[index])
        preparation.fill(room, with: try ImageDecoder.decode(content, for: preparation.decodingSize))
        return DatasetError?.none
      } catch let error as DatasetError {
        return error.about(paths[index])
      }
    }
    return Batch(paths: paths, pixels: pixels, failures: failures)
  }

  private func predict(_ batch: Batch) throws -> [PictureAnswer] {
    let count = batch.failures.count { $0 == nil }
    var predictions = (count == 0 ? [] : try classifier.predictions(pixels: batch.pixels, count: count))[...]
    return zip(batch.paths, batch.failures).map { path, failure in
      PictureAnswer(path: path, prediction: failure.map(Result.failure) ?? .success(predictions.removeFirst()))
    }
  }
}
