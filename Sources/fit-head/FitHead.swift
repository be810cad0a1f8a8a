import ArgumentParser
import CommandLine

@main
struct FitHead: Program {
  static let stage = Stage.fitHead
  static let configuration = CommandConfiguration(
    commandName: stage.name,
    abstract: "Train a BatchNorm + Dropout head on cached features.",
    discussion: """
      Reads CACHE/train.h5 and CACHE/valid.h5, keeps the weights of the epoch with the lowest validation loss and writes \
      CACHE/head.weights.h5, which Keras 3 loads as it is, and CACHE/report.html, which shows how good it is. Of several \
      heads, dropouts or schedules it trains every combination and keeps the best.

      EXAMPLES
        fit-head --dropout 0.4,0.6,0.8 --head fastai,keras
        fit-head --schedule 2@1e-3,10@1e-4 --ensemble 6 --pseudo-label test
      """,
    version: Version.line)

  @OptionGroup var options: FitHeadOptions

  func run() throws { try options.run() }
}
