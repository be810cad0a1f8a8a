/// A value that is made when it is first asked for: what a run may turn out not to need.
package final class OnFirstUse<Value> {
  private let make: () -> Value
  package private(set) lazy var value = make()

  package init(_ make: @escaping () -> Value) {
    self.make = make
  }
}
