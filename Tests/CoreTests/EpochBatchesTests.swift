import Core
import Testing

@Suite struct EpochBatchesTests {
  @Test func everyRowComesOnce() {
    let batches = EpochBatches(rows: 10, batchSize: 4)
    let epoch = batches.batches(epoch: 0, seed: 1)
    #expect(epoch.map(\.count) == [4, 4, 2])
    #expect(epoch.flatMap(\.self).sorted() == Array(0..<10))
    #expect(batches.batches(epoch: 1, seed: 1) != epoch && batches.batches(epoch: 0, seed: 2) != epoch)
    #expect(batches.batches(epoch: 0, seed: 1) == epoch)
  }

  @Test func othersAreMixedIntoEveryBatch() {
    let batches = EpochBatches(rows: 10, mixedRows: 3, mixedShare: 0.25, batchSize: 8)
    let epoch = batches.batches(epoch: 0, seed: 1)
    #expect(epoch.map(\.count) == [8, 6])
    #expect(epoch.flatMap { $0.filter { $0 < 10 } }.sorted() == Array(0..<10))
    #expect(epoch.allSatisfy { $0.count { $0 >= 10 } == 2 })
    #expect(Set(epoch.flatMap(\.self)) == Set(0..<13), "in turn: four places hold all three")
  }

  @Test func aShareIsAtLeastOneRowAndLeavesOne() {
    #expect(EpochBatches(rows: 4, mixedRows: 9, mixedShare: 0.01, batchSize: 4).mixedPerBatch == 1)
    #expect(EpochBatches(rows: 4, mixedRows: 9, mixedShare: 0.99, batchSize: 4).mixedPerBatch == 3)
    #expect(EpochBatches(rows: 4, mixedShare: 0.5, batchSize: 4).mixedPerBatch == 0)
  }
}
