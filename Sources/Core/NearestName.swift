/// The name that was probably meant by one that does not exist: the one that fewest characters must be inserted, deleted or
/// replaced for (Levenshtein 1966), the last of several; nil where that is more than a third of them.
public func nearestName(to text: String, among names: [String]) -> String? {
  let distances = names.reversed().map { (name: $0, distance: editDistance(text, $0)) }
  guard let nearest = distances.min(by: { $0.distance < $1.distance }) else { return nil }
  return 3 * nearest.distance <= max(text.count, 3) ? nearest.name : nil
}

private func editDistance(_ a: String, _ b: String) -> Int {
  let b = Array(b)
  // The distances between what was read of `a` and the beginnings of `b`.
  var distances = Array(0...b.count)
  for (row, character) in a.enumerated() {
    var diagonal = distances[0]
    distances[0] = row + 1
    for column in b.indices {
      let replaced = diagonal + (b[column] == character ? 0 : 1)
      diagonal = distances[column + 1]
      distances[column + 1] = min(replaced, diagonal + 1, distances[column] + 1)
    }
  }
  return distances[b.count]
}
