import Foundation

/// The files in Fixtures: numbers that other programs made, by the scripts beside them.
enum Fixture {
  /// A file's bytes.
  static func bytes(_ name: String) -> [UInt8] {
    let url = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil)!
    return [UInt8](try! Data(contentsOf: url))
  }
}

/// The number that a decimal spells.
func decimal(_ text: String) -> Double {
  Double(text)!
}
