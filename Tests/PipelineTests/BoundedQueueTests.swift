import Support
import Testing

@Suite struct BoundedQueueTests {
  @Test func valuesComeOutInOrderAndThenNil() throws {
    let queue = BoundedQueue<Int>(capacity: 2)
    let producer = try BackgroundThread(name: "test") {
      for value in 0..<100 { _ = queue.put(value) }
      queue.close()
    }
    var values: [Int] = []
    while let value = queue.take() { values.append(value) }
    #expect(values == Array(0..<100))
    #expect(throws: Never.self) { try producer.join() }
  }

  @Test func aClosedQueueTakesNoMore() {
    let queue = BoundedQueue<Int>(capacity: 1)
    #expect(queue.put(1))
    queue.close()
    #expect(!queue.put(2))
    #expect(queue.take() == 1)
    #expect(queue.take() == nil)
  }

  @Test func aThreadHandsOverWhatItThrew() throws {
    struct Failure: Error {}
    let thread = try BackgroundThread(name: "test") { throw Failure() }
    #expect(throws: Failure.self) { try thread.join() }
  }
}
