import ArgumentParser
import CommandLine
import Testing

/// The jobs that Slurm is given.
@Suite struct ClusterTests {
  private func cluster(_ words: [String]) throws -> ClusterPlan {
    guard case .cluster(let plan) = try Plan(["cluster"] + words) else { throw CancellationError() }
    return plan
  }

  @Test func stagesGetTheirOwnAndTheCache() throws {
    let plan = try cluster([
      "--nodes", "4", "--size", "96", "--dropout", "0.4", "--cache", "/a b/c", "--partition", "p",
    ])
    #expect(plan.words(for: .extract) == ["--size", "96", "--cache", "/a b/c"])
    #expect(plan.words(for: .fitHead) == ["--dropout", "0.4", "--cache", "/a b/c"])
    #expect(plan.words(for: .submit) == ["--cache", "/a b/c"])
    #expect(plan.jobs.map(\.name) == ["extract", "join", "fit-head", "submit"])
    let script = plan.script(of: plan.jobs[0])
    for line in [
      "#SBATCH --job-name=\"extract\"", "#SBATCH --array=\"1-4\"", "#SBATCH --exclusive", "#SBATCH --partition=\"p\"",
      "#SBATCH --chdir=\"\(plan.folder)\"", "#SBATCH --output=\"/a b/c/slurm/extract-%a.log\"",
    ] {
      #expect(script.contains(line + "\n"))
    }
    #expect(script.contains("/extract --size 96 --cache '/a b/c' --threads \"${SLURM_CPUS_ON_NODE:-"))
    #expect(script.contains("--shard \"$SLURM_ARRAY_TASK_ID/4\"\n"))
    #expect(plan.script(of: plan.jobs[1]).contains(" --join\n"))
  }

  @Test func threadsAndProcessorsAsTheUserSays() throws {
    let plan = try cluster(["--nodes=2", "--cpus", "3", "--threads", "5", "--cache", "50%"])
    let script = plan.script(of: plan.jobs[2])
    #expect(script.contains("#SBATCH --cpus-per-task=\"3\"\n") && !script.contains("exclusive"))
    #expect(script.contains("--threads 5") && !script.contains("SLURM_CPUS_ON_NODE"))
    #expect(plan.cache == plan.folder + "/50%")
    #expect(script.contains("/50%%/slurm/fit-head.log\"\n"))
  }

  @Test(arguments: [
    ["--partition", "a\"b"], ["--partition", "a\n#SBATCH --wrap=true"], ["--cache", "it's"], ["--cache", "a\\b"],
  ])
  func directivesThatWouldBreak(options: [String]) {
    #expect { try cluster(["--nodes", "2"] + options) } throws: {
      "\($0)".contains("Slurm can't take a quote, a backslash or a control character")
    }
  }

  @Test(arguments: [
    ("a", "a"), ("", "''"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#), ("$x", "'$x'"), ("2@1e-3,4%", "2@1e-3,4%"),
    ("é", "'é'"), ("~", "'~'"), ("a\nb", "'a\nb'"),
  ])
  func wordsInAShell(word: String, quoted: String) {
    #expect(word.quotedForShell == quoted)
  }
}
