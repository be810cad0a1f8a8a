import ArgumentParser
import CommandLine
import Testing

/// Which program gets which words.
@Suite struct PlanTests {
  private func plan(_ line: String) throws -> Plan { try Plan(line.split(separator: " ").map(String.init)) }

  @Test func nothingIsSaid() throws {
    #expect(try plan("") == .stages(Stage.inOrder.map { .init(stage: $0, words: []) }))
  }

  @Test func eachStageGetsItsOwn() throws {
    let line =
      "--dropout 0.4,0.6 --cache c --size=96 --seed 3 --split-seed 4 --batch-size 32 --extract-batch-size 8 --quiet"
    #expect(
      try plan(line + " --format labels --weights w --augment 2 --augmented-passes 1")
        == .stages([
          .init(
            stage: .extract,
            words: [
              "--cache", "c", "--size=96", "--split-seed", "4", "--extract-batch-size", "8", "--quiet", "--weights",
              "w",
              "--augment", "2",
            ]),
          .init(
            stage: .fitHead,
            words: [
              "--dropout", "0.4,0.6", "--cache", "c", "--seed", "3", "--batch-size", "32", "--quiet", "--weights", "w",
              "--augmented-passes", "1",
            ]),
          .init(
            stage: .submit, words: ["--cache", "c", "--quiet", "--format", "labels", "--augmented-passes", "1"]),
        ]))
  }

  @Test func severalSizesAndLayers() throws {
    let plan = try plan("--size 64,96 --quiet --layer block4_pool,block5_conv3 --export m.onnx --clip off")
    guard case .comparison(let comparison) = plan else { throw ExitCode.failure }
    let options = [(64, "block4_pool"), (64, "block5_conv3"), (96, "block4_pool"), (96, "block5_conv3")]
      .map { ["--size", "\($0)", "--layer", $1] }
    #expect(comparison.variants.map { $0.runs[0].words } == options.map { ["--quiet"] + $0 })
    #expect(
      comparison.variants.map(\.trial)
        == options.map { options in
          [StageRun(stage: .extract, words: ["--quiet"] + options), StageRun(stage: .fitHead, words: ["--quiet"])]
        })
    #expect(
      comparison.variants[0].runs.dropFirst() == [
        StageRun(stage: .fitHead, words: ["--quiet", "--export", "m.onnx"]),
        StageRun(stage: .submit, words: ["--quiet", "--clip", "off"]),
      ])
  }

  /// Each is checked before the first is run; a stage, a cluster and what extract does alone take one.
  @Test(arguments: [
    "--size 64,16", "--size 64,,96", "--layer block4_pool,block6", "--size 64,96 --explain", "extract --size 64,96",
    "cluster --nodes 2 --size 64,96", "--fine-tune --layer block4_pool,block5_conv3", "--size 64,96 --dropout 2",
  ])
  func whatIsNotCompared(line: String) {
    #expect(throws: (any Error).self) {
      guard case .program(let run) = try plan(line) else { return }
      _ = try ExtractOptions.parse(run.words)
    }
  }

  /// With a schedule and without, before and after others; where the cut is not named, it is before the last block.
  @Test(arguments: ["--fine-tune --quiet", "--quiet --fine-tune", "--fine-tune 3@1e-4 --quiet"])
  func fineTuningCutsBeforeTheLastBlock(line: String) throws {
    guard case .stages(let runs) = try plan(line) else { throw ExitCode.failure }
    #expect(runs.map(\.words) == [["--quiet", "--layer", "block4_pool"], words(line), ["--quiet"]])
    guard case .stages(let named) = try plan(line + " --layer block3_pool") else { throw ExitCode.failure }
    #expect(named[0].words == ["--quiet", "--layer", "block3_pool"])
  }

  @Test(arguments: ["block5_conv3", "block5_pool", "block1_conv1"])
  func fineTuningStartsAtAPooling(layer: String) {
    #expect {
      try plan("--fine-tune --layer \(layer)")
    } throws: {
      "\(PipelineOptions.message(for: $0))".contains("not \(layer)")
    }
  }

  private func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

  /// Its words are paths, whatever they are called.
  @Test func picturesToPredict() throws {
    let words = ["submit", "a.jpg", "--top", "3", "-"]
    #expect(try plan("predict submit a.jpg --top 3 -") == .program(.init(stage: .predict, words: words)))
    #expect(try plan("predict a.jpg").downloads == [.weights])
    #expect(try plan("predict a.jpg --weights w").downloads == [])
  }

  @Test(arguments: [
    "--explain", "--verify", "--preview", "--shards 4", "--shard 1/4", "--join", "--list-layers", "--inspect-weights w",
  ])
  func whatExtractDoesAlone(option: String) throws {
    let words = option.split(separator: " ").map(String.init)
    #expect(
      try plan("--dropout 0.4 \(option) --cache c")
        == .program(.init(stage: .extract, words: words + ["--cache", "c"])))
  }

  @Test func toolsBesideTheStages() throws {
    #expect(try plan("history --use 2") == .tool(.history, words: ["--use", "2"]))
    #expect(try plan("--cache c history --use 2") == .tool(.history, words: ["--cache", "c", "--use", "2"]))
    #expect(try plan("clean --cache c --yes") == .tool(.clean, words: ["--cache", "c", "--yes"]))
    // Its words are paths.
    #expect(try plan("export history.onnx a.safetensors") == .tool(.export, words: ["history.onnx", "a.safetensors"]))
    #expect(try plan("export a.onnx").downloads == [.weights])
    #expect(try plan("export a.onnx --weights w").downloads == [])
    #expect(try plan("export a.safetensors").downloads == [])
    #expect(try plan("history").downloads == [])
    #expect { try plan("--size 96 --use 2") } throws: { "\($0)".contains("--use belongs to history") }
  }

  @Test func aStageByItself() throws {
    #expect(try plan("fit-head --dropout 0.4") == .program(.init(stage: .fitHead, words: ["--dropout", "0.4"])))
    #expect(
      try plan("--cache x fit-head --dropout 0.4")
        == .program(.init(stage: .fitHead, words: ["--cache", "x", "--dropout", "0.4"])))
    #expect(try plan("extract --help") == .program(.init(stage: .extract, words: ["--help"])))
    // The program answers what it does not understand.
    #expect(try plan("fit-head --size 96") == .program(.init(stage: .fitHead, words: ["--size", "96"])))
    #expect(try plan("fit-head --nothing x") == .program(.init(stage: .fitHead, words: ["--nothing", "x"])))
  }

  /// Before anything runs: extract, too, whose options are right.
  @Test(arguments: [
    "--dropout 2", "--clip maybe", "--size 8", "--limit 0", "--head nothing", "--schedule x", "--l2 -1",
    "--explain --join",
    "--shard 1/2 --shards 2", "--verify --shards 2", "--nodes 2", "--label-column x", "--flip=yes", "--cache=",
    "cluster --limit 5", "cluster --nodes 0", "cluster --nodes 2 --join", "cluster --nodes 2 --dropout 2",
    "cluster --nodes 2 --explain", "cluster --nodes 2 --repair", "--tags", "--labels x --tags --threshold 0.3",
    "--labels x --tags --class-weights balanced", "--labels x --tags --clip 0.9", "--labels x --tags --relabel y",
  ])
  func everythingIsCheckedFirst(line: String) {
    #expect { try plan(line) } throws: { PipelineOptions.exitCode(for: $0) == .validationFailure }
  }

  @Test func sharesAndListsAsPeopleWriteThem() throws {
    for text in ["0.4,0.6", "0.4 0.6", "40%,60%", "0.4, 0.6", " 40% 60% "] {
      #expect(CommaList<Share>(argument: text)?.elements.map(\.value) == [0.4, 0.6])
      _ = try FitHeadOptions.parse(["--dropout", text])
    }
    #expect(CommaList<Int>(argument: "256 128")?.elements == [256, 128])
    #expect(Share(argument: "20%")?.value == 0.2)
    #expect(Share(0.8 as Float).description == "0.8")
    _ = try FitHeadOptions.parse(["--hidden", "256 128", "--head", "fastai keras", "--label-smoothing", "10 %"])
    _ = try ExtractOptions.parse(["--valid-fraction", "20%"])
    for text in ["", ",", "0.4,,0.6", "0.4;0.6", "%", "0.4,"] {
      #expect(throws: (any Error).self) { try FitHeadOptions.parse(["--dropout", text]) }
    }
  }

  @Test(arguments: [
    ("", ["weights", "data"]), ("--data x", ["weights"]), ("--weights=w --limit 4", ["data"]),
    ("--data mnist-5k", ["weights", "data"]), ("--list-layers", []), ("--inspect-weights w", []),
    ("--explain", ["weights", "data"]), ("extract --weights w --data x", []), ("extract", ["weights", "data"]),
    ("--data x extract", ["weights"]), ("extract --help", []), ("extract --nothing", []), ("fit-head", []),
    ("submit", []), ("cluster --nodes 2 --dry-run", []), ("cluster --nodes 2 --data x", ["weights"]),
  ])
  func whatIsToBeFetched(line: String, names: [String]) throws {
    #expect(try plan(line).downloads.map(\.rawValue) == names)
  }
}
