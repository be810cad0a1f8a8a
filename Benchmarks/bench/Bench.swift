import ArgumentParser

@main
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures this project's computing.",
    subcommands: [
      ConvolutionBenchmark.self, KernelBenchmark.self, HeadBenchmark.self, FineTuningBenchmark.self,
      DataBenchmark.self,
    ])
}
