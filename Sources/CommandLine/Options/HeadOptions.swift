import ArgumentParser
import Core
import Stages

/// The layers that are trained.
struct HeadOptions: ParsableArguments {
  private static let defaults = HeadRequest()

  @Option(
    help: """
      The head's layers: \(HeadDesign.named.map(\.description).joined(separator: ", ")), or several of them. \
      (default: \(defaults.designs[0]))
      """,
    transform: heads(named:))
  var head = CommaList(defaults.designs)

  @Option(help: "Hidden layers of one's own, in place of --head: their units, as in 256,128.")
  var hidden: CommaList<Int>?

  @Option(help: "Dropout probability p of the last layer, or several (0.4,0.6); the head sets the others by it.")
  var dropout = CommaList(defaults.dropouts.map { Share($0) })

  func validate() throws {
    guard dropout.elements.allSatisfy({ $0.value >= 0 && $0.value < 1 }) else {
      throw ValidationError("--dropout is a probability, from 0 to below 1: 0.8, or 80%.")
    }
    guard hidden?.elements.allSatisfy({ (1...65_536).contains($0) }) ?? true else {
      throw ValidationError("--hidden takes the units of each hidden layer: 1 to 65536.")
    }
    try check("the layers of --hidden", hidden?.elements.count, in: 1...32, "a head is no network of its own")
  }

  var request: HeadRequest {
    HeadRequest(
      designs: hidden.map { [.hidden($0.elements)] } ?? head.elements,
      dropouts: dropout.elements.map { Float($0.value) }
    )
  }
}

private func heads(named names: String) throws -> CommaList<HeadDesign> {
  CommaList(
    try CommaList<String>.pieces(of: names).map { name in
      if let design = HeadDesign(name) { return design }
      let known = HeadDesign.named.map(\.description)
      let hint = nearestName(to: name, among: known).map { "Did you mean '\($0)'?" }
      throw ValidationError("no head '\(name)'. \(hint ?? "There are \(known.joined(separator: ", ")).")")
    })
}
