import Console
import Testing

/// What a long step says of itself.
@Suite struct ProgressLineTests {
  private let line = ProgressLine(label: "train", unit: "images", total: 3500, done: 792, seconds: 5.28)

  @Test func aLogHasAllFacts() {
    #expect(line.plain == "train: 792/3,500 images · 150/s · 18 s left")
  }

  @Test(arguments: [
    (120, "train [━━━━━━━━━·······························] 792/3,500 images · 150/s · 18 s left"),
    (80, "train [━━━━━━━···························] 792/3,500 images · 150/s · 18 s left"),
    (44, "train 792/3,500 images · 150/s · 18 s left"), (40, "train 792/3,500 · 150/s · 18 s left"),
    (30, "train 792/3,500 · 18 s left"), (20, "train 792/3,500"), (12, "792/3,500"), (5, ""),
  ])
  func aWindowGetsWhatItHasRoomFor(width: Int, text: String) {
    #expect(line.fitted(to: width) == text)
    #expect(line.fitted(to: width).count < width)
  }

  /// What the step came to last is more than a bar.
  @Test(arguments: [
    (60, "loss 0.5 · 792/3,500 images · 150/s · 18 s left"), (40, "loss 0.5 · 150/s · 18 s left"),
    (24, "loss 0.5 · 18 s left"), (12, "loss 0.5"), (8, ""),
  ])
  func theLatestTakesTheBarsPlace(width: Int, text: String) {
    let line = ProgressLine(
      label: "train", unit: "images", total: 3500, done: 792, seconds: 5.28, latest: "loss 0.5")
    #expect(line.fitted(to: width) == text)
  }

  @Test func theEndsAreNoTrouble() {
    let none = ProgressLine(label: "test", unit: "images", total: 0, done: 0, seconds: 0)
    #expect(none.fitted(to: 60).contains("━ ") == false && none.fitted(to: 60).contains("0/0 images"))
    let all = ProgressLine(label: "test", unit: "images", total: 8, done: 8, seconds: 2)
    #expect(all.fitted(to: 60).contains("━━━━━] 8/8 images · 4.0/s · 0.0 s left"))
  }
}
