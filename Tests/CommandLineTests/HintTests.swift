import CommandLine
import Testing

/// What is said to a command line that can't be understood.
@Suite struct HintTests {
  @Test(arguments: [
    ("extract --seed 3", "extract has no --seed: the split's seed is --split-seed."),
    (
      "extract --batch-size 8",
      "extract has no --batch-size: how many images are computed together is --extract-batch-size."
    ),
    ("fit-head --size 96", "--size belongs to extract; ./pipeline.sh without a stage takes it, too."),
    ("extract --dropout 0.4", "--dropout belongs to fit-head; ./pipeline.sh without a stage takes it, too."),
    ("submit --augment 2", "--augment belongs to extract; ./pipeline.sh without a stage takes it, too."),
    (
      "submit --weights w",
      "--weights belongs to extract and fit-head; ./pipeline.sh without a stage takes it, too."
    ),
    ("extract --nodes 4", "--nodes belongs to cluster."),
    ("fit-head --epochs 20", "--epochs: give epochs and rate in --schedule 20@1e-3."),
    ("fit-head --lr=0.1", "--lr: give epochs and rate in --schedule 20@1e-3."),
    ("extract --learning-rate 1", "--learning-rate: give epochs and rate in fit-head's --schedule 20@1e-3."),
    ("fit-head --dropuot 0.4", "no option --dropuot. Did you mean --dropout?"),
    ("submit --dropuot 0.4", "no option --dropuot. Did you mean fit-head's --dropout?"),
    ("extract -size 96", "no option -size. Did you mean --size?"),
    ("extract --image_size 96", "no option --image_size: it is --size."),
    ("extract --xyzzy", "no option --xyzzy."),
    ("fit-head --dropout 0.4 0.6", "--dropout takes several values with commas: --dropout 0.4,0.6."),
    ("fit-head --dropout 0.4, 0.6, 0.8 --quiet", "--dropout takes several values with commas: --dropout 0.4,0.6,0.8."),
    (
      "fit-head --schedule 2@1e-3 4@1e-4",
      "--schedule takes one value; give it again for another: --schedule 2@1e-3 --schedule 4@1e-4."
    ),
    ("fit-head --dropout 80 %", "--dropout takes several values with commas: --dropout 80,%."),
    ("extract --max-skipped 2 %", "--max-skipped takes a share as 2%."),
    ("extract --data a.jpg b.jpg", "unexpected 'b.jpg': --data takes one value, 'a.jpg'."),
    ("extract photos", "unexpected 'photos'."),
    ("extract --limit", "missing value for --limit."),
    ("extract --limit -1", "--limit takes a number with a sign as --limit=-1."),
    ("extract --data --flip", "missing value for --data: --flip is an option."),
  ])
  func inAStage(line: String, answer: String) throws {
    let words = line.split(separator: " ").map(String.init)
    let stage = try #require(Stage(rawValue: words[0]))
    #expect(hint(Array(words.dropFirst()), stages: [stage], declared: stage.declaredOptions) == answer)
  }

  @Test(arguments: [
    ("--epochs 20", "--epochs: give epochs and rate in --schedule 20@1e-3."),
    ("--sise 96", "no option --sise. Did you mean --size?"),
    ("fit-haed", "no command 'fit-haed'. Did you mean 'fit-head'?"),
    ("--cache x submitt", "no command 'submitt'. Did you mean 'submit'?"),
    ("Tests", "no command 'Tests'. To train on it: --data Tests; to classify it: predict Tests."),
    ("--limit 5 bench", "bench takes its place before all options: ./pipeline.sh bench."),
    ("--dropout 0.4 0.6", "--dropout takes several values with commas: --dropout 0.4,0.6."),
  ])
  func acrossStages(line: String, answer: String) {
    #expect { try Plan(line.split(separator: " ").map(String.init)) } throws: { "\($0)".contains(answer) }
  }

  private func hint(_ words: [String], stages: [Stage], declared: [DeclaredOption]) -> String? {
    do {
      _ = try Words(words, declared: declared)
      return nil
    } catch {
      return (error as? Words.Stray).map { Hints(stages: stages).line(about: $0) }
    }
  }
}
