import Foundation

@testable import FeatureStore
@testable import Stages
@testable import Support

extension FuzzTarget {
  /// A competition's sample submission.
  static let sampleSubmission = FuzzTarget(
    name: "sample-submission",
    seeds: {
      [
        "id,label\n1,0.5\n2,0.5\n", "img,c0,c1\r\nimg_1.jpg,0.5,0.5\r\nimg_2.jpg,0.5,0.5\r\n",
        "id,\"c\"\"0\"\nimg_1,c0\n",
      ]
      .map { Data($0.utf8) }
    },
    read: { input in
      submissionFile.write(input)
      for format in [nil, SubmissionFormat.labels, .probabilities] {
        do {
          let sample = try SampleSubmission(submissionFile.path)
          _ = try sample.file(
            format: format, names: ["unknown/img_1.jpg", "unknown/img_2.jpg"], classNames: ["c0", "c1"])
        } catch let error as PipelineError {
          requireOneLine(error.description)
        } catch {
          preconditionFailure("\(error)")
        }
      }
    })

  private static let submissionFile = InputFile()
}
