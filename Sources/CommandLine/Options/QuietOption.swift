import ArgumentParser
import Console

/// How much is printed.
struct QuietOption: ParsableArguments {
  @Flag(help: "Print results and errors only.")
  var quiet = false

  var terminal: Terminal { Terminal(quiet: quiet) }
}
