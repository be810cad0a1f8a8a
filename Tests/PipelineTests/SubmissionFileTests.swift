import Pipeline
import Testing

@Suite struct SubmissionFileTests {
  let probabilities: [Float] = [0.25, 0.75, 0.5, 0.5]

  @Test func labelsAreNumberedFromOneInManifestOrder() {
    let text = SubmissionFormat.labels.text(
      names: ["b.jpg", "a.jpg"], classNames: ["cat", "dog"], probabilities: probabilities)
    #expect(text == "ImageId,Label\n1,dog\n2,cat\n", "a tie goes to the first class")
  }

  @Test func probabilitiesHaveAColumnForEachClass() {
    let text = SubmissionFormat.probabilities.text(
      names: ["b.jpg", "a.jpg"], classNames: ["cat", "dog"], probabilities: probabilities)
    #expect(text == "id,cat,dog\nb.jpg,0.25,0.75\na.jpg,0.5,0.5\n")
  }

  @Test func fieldsWithCommasAndQuotesAreQuoted() {
    let text = SubmissionFormat.probabilities.text(
      names: ["a,\"b\".jpg"], classNames: ["cat", "dog"], probabilities: [0, 1])
    #expect(text == "id,cat,dog\n\"a,\"\"b\"\".jpg\",0.0,1.0\n")
  }
}
