import Pipeline
import Testing

@Suite struct ProvenanceTests {
  @Test func theKeyDependsOnEveryField() {
    let key = Provenance(["layer": "block5_conv3", "size": "96×96"]).key
    #expect(key == Provenance(["layer": "block5_conv3", "size": "96×96"]).key)
    #expect(key != Provenance(["layer": "block5_conv3", "size": "64×64"]).key)
    #expect(key != Provenance(["layer": "block5_conv3"]).key)
    #expect(key.count == 64)
  }

  @Test func fieldsDoNotRunIntoEachOther() {
    #expect(Provenance(["a": "1\n1:b=2"]).key != Provenance(["a": "1", "b": "2"]).key)
  }

  @Test func changesNameTheFieldAndBothValues() {
    let wanted = Provenance(["layer": "block5_conv3", "size": "96×96"])
    let there = ["layer": "block5_conv3", "size": "64×64"]
    #expect(wanted.changes { there[$0] } == ["size was 64×64, is now 96×96"])
  }

  @Test func digestsAreAbbreviated() {
    let wanted = Provenance(["digest": String(repeating: "b", count: 64)])
    #expect(
      wanted.changes { _ in String(repeating: "a", count: 64) } == ["digest was aaaaaaaaaaaa…, is now bbbbbbbbbbbb…"])
  }
}
