extension RandomAccessCollection where Index == Int {
  /// At most so many of the elements, from the first on in equal steps.
  package func spread(_ most: Int) -> [Element] {
    let chosen = Swift.min(most, count)
    return (0..<chosen).map { self[startIndex + $0 * count / chosen] }
  }
}
