import Foundation
import Testing
import Weights

/// Broken safetensors files: each is refused in one line.
@Suite struct SafetensorsTests {
  /// A file of this header, and `count` bytes of zeros for the tensors.
  private func file(_ header: String, length: UInt64? = nil, body count: Int = 0) -> Data {
    let length = length ?? UInt64(header.utf8.count)
    return withUnsafeBytes(of: length.littleEndian) { Data($0) } + Data(header.utf8) + Data(count: count)
  }

  private func tensor(_ name: String, _ shape: [Int], _ offsets: [Int], type: String = "F32") -> String {
    "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  private func expect(_ reason: String, _ file: Data, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let complaint = try Tiny.complaint(about: file)
    #expect(complaint?.contains(reason) == true, "\(complaint ?? "no complaint")", sourceLocation: sourceLocation)
  }

  @Test(arguments: [UInt64.max, 1 << 63, 1 << 40, 0, 3])
  func absurdHeaderLength(length: UInt64) throws {
    #expect(try Tiny.complaint(about: file("{}", length: length)) != nil)
  }

  @Test func headersThatAreNoHeaders() throws {
    try expect("not the JSON it should be", file("{\"a\":"))
    try expect("not the JSON it should be", file("{\"a\":[]}"))
    try expect("not the JSON it should be", file("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}"))
    try expect("not the JSON it should be", file("{" + tensor("a", [1], [0, 4]).replacing("4", with: "9e99") + "}"))
    try expect("not the JSON it should be", file("{\"a\":" + String(repeating: "[", count: 100_000)))
  }

  @Test func offsets() throws {
    func pair(_ second: [Int]) -> Data {
      file("{\(tensor("a", [2], [0, 8])),\(tensor("b", [2], second))}", body: 16)
    }
    try expect("safetensors with 0 convolutions", pair([8, 16]))
    try expect("tensor b has the data_offsets [4, 12], expected 8 to at most 16", pair([4, 12]))
    try expect("tensor b has the data_offsets [12, 16]", pair([12, 16]))
    try expect("tensor b has the data_offsets [8, 24]", pair([8, 24]))
    try expect("has the data_offsets", pair([16, 8]))
    try expect("has the data_offsets", pair([-8, 0]))
    try expect("has the data_offsets", pair([8]))
    try expect("tensor a (F32, 2) has 4 bytes", file("{\(tensor("a", [2], [0, 4]))}", body: 4))
    try expect("4 bytes that belong to no tensor", file("{\(tensor("a", [2], [0, 8]))}", body: 12))
  }

  /// A header's length may look like the start of another kind of file: 60 is "<", as of a web page.
  @Test func headerOf60Bytes() throws {
    let header = "{\(tensor("a", [2], [0, 8]))}"
    try expect("safetensors with 0", file(header + String(repeating: " ", count: 60 - header.utf8.count), body: 8))
  }

  @Test func shapesAndTypes() throws {
    try expect("tensor a has the shape", file("{\(tensor("a", [1 << 40, 1 << 40], [0, 8]))}", body: 8))
    try expect("tensor a has the shape", file("{\(tensor("a", [-1, -2], [0, 8]))}", body: 8))
    let integers = tensor("features.0.weight", [2, 3, 3, 3], [0, 216], type: "I32")
    try expect("with 1 convolutions, not a VGG16: block1_conv2", file("{\(integers)}", body: 216))
  }
}
