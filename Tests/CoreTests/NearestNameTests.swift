import Core
import Testing

@Suite struct NearestNameTests {
  @Test(arguments: [
    ("block5_conv4", "block5_conv3"), ("blok3_conv1", "block3_conv1"), ("block2_pol", "block2_pool"),
    ("block5_conv3", "block5_conv3"),
  ])
  func typos(text: String, meant: String) {
    #expect(nearestName(to: text, among: Backbone.vgg16.layers.map(\.name)) == meant)
  }

  @Test(arguments: ["fc1", "", "predictions"])
  func nothingIsNear(text: String) {
    #expect(nearestName(to: text, among: Backbone.vgg16.layers.map(\.name)) == nil)
  }

  @Test func swappedAndMissingCharacters() {
    let names = ["fastai", "fastai-augmented", "keras"]
    #expect(nearestName(to: "fastia", among: names) == "fastai")
    #expect(nearestName(to: "fasai-augmentd", among: names) == "fastai-augmented")
    #expect(nearestName(to: "kras", among: names) == "keras")
    #expect(nearestName(to: "anything", among: []) == nil)
  }
}
