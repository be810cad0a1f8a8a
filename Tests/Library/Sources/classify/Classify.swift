import Classification

// classify CACHE PICTURE…: what is on each picture, by the head that was trained in a cache folder. Weights are taken from there,
// or from where ./pipeline.sh setup put them.
@main enum Classify {
  static func main() throws {
    let classifier = try Classifier(contentsOf: CommandLine.arguments[1], downloads: "cache")
    for path in CommandLine.arguments.dropFirst(2) {
      let prediction = try classifier.predict(contentsOf: path)
      print(path, prediction.best.name, prediction.best.probability)
    }
  }
}
