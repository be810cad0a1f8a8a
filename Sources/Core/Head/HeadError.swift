/// What is wrong with a head, its input or its training, in one line.
public struct HeadError: Error, CustomStringConvertible, Equatable {
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}
