import Core
import FeatureStore
import Foundation
import Support

/// What is wrong with pictures, each beside the others: what is usual is what the data set has most of.
package enum PictureProblems {
  package struct Finding: Equatable, Sendable {
    package let picture: Int
    package let problem: Suspect.Problem
    /// For people: in what way.
    package let detail: String
    /// The sharpness or the size as a share of the usual, from 0 to 1.
    package let score: Double
  }

  /// Of fewer pictures nobody can tell what is usual.
  private static let leastPictures = 10
  /// A standard deviation that no picture of anything has, of 255.
  private static let flat = 2.0
  /// How many times blurrier, smaller or longer than usual a picture must be, at least, whatever the others' spread.
  private static let factor = (sharpness: 4.0, side: 2.0, shape: 1.5, size: 3.0)

  /// - Parameters:
  ///   - pictures: nil: not known.
  ///   - input: the size that the network takes.
  /// - Returns: kind by kind; of each the worst first, among equals the first picture.
  package static func findings(_ pictures: [PictureStatistics?], input: ImageSize) -> [Finding] {
    let known = pictures.indices.filter { pictures[$0] != nil }
    let plain = known.filter { pictures[$0]!.deviation < flat }
    let isPlain = Set(plain)
    let flatOnes = plain.map { picture in
      Finding(
        picture: picture, problem: .oneColour, detail: colourName(pictures[picture]!.colour),
        score: min(pictures[picture]!.deviation / flat, 1))
    }
    guard known.count >= leastPictures else { return sorted(flatOnes) }
    let others = known.filter { !isPlain.contains($0) }
    return sorted(flatOnes) + sorted(blurred(others, pictures)) + sorted(tiny(known, pictures, input))
      + sorted(odd(known, pictures))
  }

  private static func sorted(_ findings: [Finding]) -> [Finding] {
    findings.sorted { ($0.score, $0.picture) < ($1.score, $1.picture) }
  }

  private static func colourName(_ colour: [Double]) -> String {
    if colour.allSatisfy({ $0 < 3 }) { return "all black" }
    if colour.allSatisfy({ $0 > 252 }) { return "all white" }
    return "all of one colour, #" + colour.map { String(format: "%02x", Int($0.rounded())) }.joined()
  }

  private static func blurred(_ rows: [Int], _ pictures: [PictureStatistics?]) -> [Finding] {
    let logarithms = rows.map { log(max(pictures[$0]!.sharpness, 1e-6)) }
    guard !rows.isEmpty else { return [] }
    let scale = RobustScale(logarithms)
    return zip(rows, logarithms).compactMap { picture, value in
      let share = exp(value - scale.median)
      guard scale.score(value) < -RobustScale.limit, share * factor.sharpness < 1 else { return nil }
      return Finding(
        picture: picture, problem: .blurred, detail: "sharpness \(significant(100 * share)) % of the usual",
        score: share)
    }
  }

  private static func tiny(_ rows: [Int], _ pictures: [PictureStatistics?], _ input: ImageSize) -> [Finding] {
    let sides = rows.map { Double(min(pictures[$0]!.size.height, pictures[$0]!.size.width)) }
    let (usual, wanted) = (RobustScale(sides).median, Double(min(input.height, input.width)) / 4)
    return zip(rows, sides).compactMap { picture, side in
      guard side < wanted, side * factor.side <= usual else { return nil }
      return Finding(
        picture: picture, problem: .tiny, detail: "\(pixels(pictures[picture]!.size)), stretched to \(input)",
        score: side / usual)
    }
  }

  /// As other programs say it, the width first.
  private static func pixels(_ size: ImageSize) -> String { "\(size.width)×\(size.height) pixels" }

  private static func odd(_ rows: [Int], _ pictures: [PictureStatistics?]) -> [Finding] {
    func logarithms(_ value: (ImageSize) -> Double) -> [Double] { rows.map { log(value(pictures[$0]!.size)) } }
    // Upright or lying is the same shape.
    let shapes = logarithms { Double(max($0.height, $0.width)) / Double(min($0.height, $0.width)) }
    let sizes = logarithms { (Double($0.height) * Double($0.width)).squareRoot() }
    let (shape, size) = (RobustScale(shapes), RobustScale(sizes))
    return rows.indices.compactMap { index in
      func excess(_ value: Double, _ scale: RobustScale, _ factor: Double) -> Double? {
        let distance = abs(value - scale.median)
        return abs(scale.score(value)) > RobustScale.limit && distance > log(factor) ? distance : nil
      }
      let own = pictures[rows[index]]!.size
      func finding(_ detail: String, _ distance: Double) -> Finding {
        Finding(picture: rows[index], problem: .oddSize, detail: "\(pixels(own))\(detail)", score: exp(-distance))
      }
      func ratio(_ logarithm: Double) -> String { "\(significant(exp(logarithm))) : 1" }
      if let distance = excess(shapes[index], shape, factor.shape) {
        return finding(", \(ratio(shapes[index])); most are about \(ratio(shape.median))", distance)
      }
      return excess(sizes[index], size, factor.size).map {
        finding("; most are about \(Int(exp(size.median).rounded())) a side", $0)
      }
    }
  }
}
