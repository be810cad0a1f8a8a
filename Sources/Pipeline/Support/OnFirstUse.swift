/// A value that is made when it is first asked for: what a run may turn out not to need.
final class OnFirstUse<Value> {
  private let make: () -> Value
  private(set) lazy var value = make()

  init(_ make: @escaping () -> Value) {
    self.make = make
  }
}
