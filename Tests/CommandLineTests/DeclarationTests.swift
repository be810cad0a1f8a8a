import CommandLine
import Testing

/// What is declared is known to the routing, by nobody's list.
@Suite struct DeclarationTests {
  /// An option that a stage gets and `pipeline` does not know would be refused there.
  @Test func allOptionsOfAllStagesAreKnownAtOnce() {
    let all = Set(DeclaredOption.all(of: PipelineOptions.self))
    #expect(all == Set(Stage.inOrder.flatMap(\.declaredOptions)))
    #expect(DeclaredOption.all(of: PipelineOptions.self).count == all.count)
  }

  @Test func kindsOfOptions() {
    #expect(
      Stage.extract.declaredOptions.contains(DeclaredOption(name: "--size", takesValue: true, isRepeating: false)))
    #expect(
      Stage.extract.declaredOptions.contains(DeclaredOption(name: "--flip", takesValue: false, isRepeating: false)))
    #expect(
      Stage.fitHead.declaredOptions.contains(DeclaredOption(name: "--schedule", takesValue: true, isRepeating: true)))
    #expect(Set(ClusterOptions.declared.map(\.name)) == ["--nodes", "--partition", "--cpus", "--dry-run"])
    for mode in ["--explain", "--verify", "--preview"] { #expect(Stage.extract.declares(mode)) }
    #expect(!Stage.extract.declares("--run") && !Stage.extract.declares("--check-options"))
  }

  /// An option means one thing, in every stage that has it.
  @Test func whatSeveralStagesHave() {
    let shared = Dictionary(grouping: Stage.inOrder.flatMap(\.declaredOptions), by: \.name).filter {
      $0.value.count > 1
    }
    #expect(
      Set(shared.keys) == ["--cache", "--threads", "--quiet", "--weights", "--augmented-passes"])
    #expect(Stage.fitHead.declares("--seed") && !Stage.extract.declares("--seed"))
    #expect(Stage.fitHead.declares("--batch-size") && !Stage.extract.declares("--batch-size"))
    #expect(Stage.extract.declares("--split-seed") && Stage.extract.declares("--extract-batch-size"))
  }
}
