import ArgumentParser

/// What is asked of the data and the caches in place of new features.
struct ModeOptions: ParsableArguments {
  enum Mode: EnumerableFlag {
    case explain, verify, preview

    static func help(for mode: Mode) -> ArgumentHelp? {
      switch mode {
      case .explain: "Say what would be computed and why, and compute nothing."
      case .verify: "Read the caches through and report damage; nothing else."
      case .preview: "Write CACHE/preview.png, a few images of each class as VGG16 sees them; nothing else."
      }
    }
  }

  @Flag var mode: Mode?
}
