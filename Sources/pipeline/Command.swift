import CommandLine

/// What `./pipeline.sh` runs, once all is built.
@main
enum Command {
  static func main() { PipelineProgram.main() }
}
