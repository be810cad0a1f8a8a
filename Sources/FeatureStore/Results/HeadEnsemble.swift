import Core
import Foundation
import Support

/// The chosen head, or all the heads of an ensemble, whose probabilities are averaged.
package struct HeadEnsemble {
  /// The file of the chosen head.
  package let file: HeadFile
  /// All of them; the chosen head alone where there is no ensemble.
  package let members: [Member]
  /// What decided each of them.
  package let specs: [TrainedHeadSpec]
  /// What they predict for the validation split; heads of folds, each for the images that it was trained without.
  package let validation: Predictions
  /// What they were trained on and chosen by; nil where an earlier version wrote one of them.
  package let seenImages: SeenImages?

  /// A head, and the convolutions before it where they were fine-tuned with it.
  package struct Member: Sendable {
    package let head: Head
    package let tail: BackboneTail?

    package init(head: Head, tail: BackboneTail?) {
      (self.head, self.tail) = (head, tail)
    }
  }

  package var heads: [Head] { members.map(\.head) }

  /// What decides the predictions.
  package var key: String { file.chosenKey }

  /// - Throws: ``PipelineError`` where a member is missing or another one than was chosen; as ``HeadFile``.
  package init(_ cache: CacheFolder) throws {
    try self.init(HeadFile(cache.head), in: cache)
  }

  /// - Parameter cache: has the members.
  package init(_ file: HeadFile, in cache: CacheFolder) throws {
    let names = file.choice?.members ?? []
    let members = try names.map { member in
      let path = cache.head(named: member)
      guard FileManager.default.fileExists(atPath: path) else {
        throw PipelineError(
          "\(file.path): its answers are the mean of \(count(names.count, "head")), of which \(path) is not "
            + "there: copy the folder heads with it, or run fit-head again")
      }
      let member = try HeadFile(path)
      try file.origin.check(against: member.origin, path: file.path, otherPath: member.path)
      guard member.validation.images != nil || member.validation.truth == file.validation.truth,
        (member.validation.images == nil) == (file.validation.images == nil),
        member.head.architecture.input == file.head.architecture.input
      else {
        throw PipelineError("\(member.path): trained on other features than \(file.path); run fit-head again")
      }
      return member
    }
    self.file = file
    self.members = (members.isEmpty ? [file] : members).map { Member(head: $0.head, tail: $0.tail) }
    specs = members.isEmpty ? [file.spec] : members.map(\.spec)
    seenImages = members.dropFirst().reduce((members.first ?? file).seenImages) { seen, member in
      guard var seen, let others = member.seenImages else { return nil }
      seen.add(others)
      return seen
    }
    validation = members.isEmpty ? file.validation : Predictions.mean(of: members.map(\.validation))
    // A fold's head alone, by the path of its file, predicts for what it holds out.
    guard members.isEmpty || validation.images.map({ $0 == Array($0.indices) }) ?? true else {
      throw PipelineError("\(file.path): heads of some folds are missing; run fit-head again")
    }
  }

  /// What decides it beside its features and its layers, for people.
  package var trainedWith: [Readable] {
    let seeds = specs.map(\.training.seed)
    let (first, last) = (seeds.min()!, seeds.max()!)
    let facts = specs[0].training.readable + (specs[0].pseudoLabels?.readable ?? [])
    return facts.map { fact in
      fact.name == "seed" && first < last ? Readable("seeds", "\(first) to \(last)") : fact.inWords
    } + (specs[0].fold.map { [Readable("folds", "\($0.folding)")] } ?? [])
  }

  /// What its members predict.
  ///
  /// - Parameter, returns: as ``probabilities(of:on:features:)``.
  /// - Throws: what `features` throws, and ``PipelineError`` where the heads' values overflow.
  package func probabilities(
    on pool: WorkerPool, features: (_ index: Int, _ member: Member) throws -> FeatureMatrix
  ) throws -> [Float] {
    let probabilities = try Self.probabilities(of: members, on: pool, features: features)
    guard probabilities.allSatisfy(\.isFinite) else {
      throw PipelineError("\(file.path): its values are too large to give probabilities; run fit-head again")
    }
    return probabilities
  }

  /// The mean of what heads predict.
  ///
  /// - Parameter features: what a member's head takes, by the member and its place; called once for all members that
  ///   have no convolutions of their own.
  /// - Returns: N×K.
  package static func probabilities(
    of members: [Member], on pool: WorkerPool, features: (_ index: Int, _ member: Member) throws -> FeatureMatrix
  ) rethrows -> [Float] {
    var shared: FeatureMatrix?
    return mean(
      of: try members.enumerated().map { index, member in
        let matrix = try member.tail == nil ? shared ?? features(index, member) : features(index, member)
        if member.tail == nil { shared = matrix }
        return member.head.probabilities(of: matrix, on: pool)
      })
  }
}
