import Core

/// The rows of each split, in their own order, where a row has any number of tags: every tag is dealt out by about the same
/// fractions (iterative stratification: Sechidis, Tsoumakas and Vlahavas 2011, "On the stratification of multi-label data").
///
/// Again and again the rows of the rarest tag that is left are dealt out, each to the split that lacks most of that tag;
/// among equals to the one that lacks most rows, and then to training before validation before test. A split that has a
/// quarter more than its rows gets no more; and a tag that is in no training row then gets one, from where it is.
///
/// - Parameter tags: of each row.
func iterativelyStratifiedSplit(
  tags: [[Int32]], validFraction: Double, testFraction: Double, seed: UInt64
) -> [Split: [Int]] {
  var random = Philox(seed: seed, stream: RandomStream.tags)
  let order = random.shuffled(Array(tags.indices))
  var rowsOfTag: [Int32: [Int]] = [:]
  for row in order { for tag in tags[row] { rowsOfTag[tag, default: []].append(row) } }
  var left = rowsOfTag.mapValues(\.count)
  let fractions = [(Split.train, 1 - validFraction - testFraction), (.valid, validFraction), (.test, testFraction)]
  var lacks = fractions.filter { $0.1 > 0 }.map { split, fraction in
    let share = Double(tags.count) * fraction
    return (split: split, share: share, rows: share, tags: left.mapValues { Double($0) * fraction })
  }
  var dealt: [Split: [Int]] = [.train: [], .valid: [], .test: []]
  var isDealt = [Bool](repeating: false, count: tags.count)
  func deal(_ row: Int, by tag: Int32?) {
    func need(_ index: Int) -> (Double, Double) { (tag.map { lacks[index].tags[$0]! } ?? 0, lacks[index].rows) }
    let open = lacks.indices.filter { lacks[$0].rows > -lacks[$0].share / 4 }
    let candidates = open.isEmpty ? Array(lacks.indices) : open
    let chosen = candidates.reduce(candidates[0]) { need($1) > need($0) ? $1 : $0 }
    dealt[lacks[chosen].split]!.append(row)
    isDealt[row] = true
    lacks[chosen].rows -= 1
    for tag in tags[row] {
      lacks[chosen].tags[tag]! -= 1
      left[tag]! -= 1
    }
  }
  while let rarest = left.filter({ $0.value > 0 }).min(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key {
    for row in rowsOfTag[rarest]! where !isDealt[row] { deal(row, by: rarest) }
  }
  for row in order where !isDealt[row] { deal(row, by: nil) }

  var trained = Set(dealt[.train]!.flatMap { tags[$0] })
  for tag in rowsOfTag.keys.sorted() where !trained.contains(tag) {
    let row = rowsOfTag[tag]![0]
    for split in [Split.valid, .test] { dealt[split]!.removeAll { $0 == row } }
    dealt[.train]!.append(row)
    trained.formUnion(tags[row])
  }
  return dealt.mapValues { $0.sorted() }
}
