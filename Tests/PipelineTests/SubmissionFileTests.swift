import Report
import Stages
import Testing

@Suite struct SubmissionFileTests {
  let probabilities: [Float] = [0.25, 0.75, 0.5, 0.5]

  @Test func labelsAreNumberedFromOneInManifestOrder() {
    let file = SubmissionFile(.labels, names: ["7", "3"], classNames: ["cat", "dog"])
    #expect(
      file.text(probabilities, classes: 2) == "ImageId,Label\n1,dog\n2,cat\n", "a tie goes to the first class")
  }

  @Test func labelsOfFilesHaveTheirNames() {
    let ids = SubmissionFile(.labels, names: ["7", "3"], classNames: ["cat", "dog"], idColumn: "id")
    #expect(ids.text([0.1, 0.9, 0.8, 0.2], classes: 2) == "id,label\n7,dog\n3,cat\n")
    let file = SubmissionFile(.labels, names: ["b.jpg", "a.jpg"], classNames: ["cat", "dog"])
    #expect(file.text(probabilities, classes: 2) == "id,label\nb.jpg,dog\na.jpg,cat\n")
  }

  @Test func probabilitiesHaveAColumnForEachClass() {
    let file = SubmissionFile(.probabilities, names: ["b.jpg", "a.jpg"], classNames: ["cat", "dog"])
    #expect(file.text(probabilities, classes: 2) == "id,cat,dog\nb.jpg,0.25,0.75\na.jpg,0.5,0.5\n")
  }

  @Test func fieldsWithCommasAndQuotesAreQuoted() {
    let file = SubmissionFile(.probabilities, names: ["a,\"b\".jpg"], classNames: ["cat", "dog"])
    #expect(file.text([0, 1], classes: 2) == "id,cat,dog\n\"a,\"\"b\"\".jpg\",0.0,1.0\n")
  }

  @Test func everyTestImageHasOneRow() throws {
    func check(_ rows: [Int], ids: [String] = ["x", "y", "z"], names: [String] = ["a", "b", "c"]) throws {
      try SubmissionFile(header: ["id", "label"], ids: ids, rows: rows, content: .probability(1)).check(names: names)
    }
    try check([2, 0, 1])
    #expect { try check([0, 1, 0]) } throws: { "\($0)" == "the test image a would be in the submission twice" }
    #expect { try check([0, 1], ids: ["x", "y"]) } throws: {
      "\($0)" == "the test image c would not be in the submission"
    }
    #expect { try check([0, 1, 2], ids: ["x", "y", "x"]) } throws: {
      "\($0)" == "two test images have the id x: a submission can't tell them apart"
    }
  }
}
