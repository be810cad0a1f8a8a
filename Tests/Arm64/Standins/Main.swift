import Core
import Glibc

/// Runs the tests whose names begin with one of the arguments, or all of them; those that begin with an argument after a
/// hyphen are left out.
///
/// Ends with the status 1 where something was not as expected, and a line that says how many tests there were.
@_cdecl("main")
func main(_ count: Int32, _ arguments: UnsafePointer<UnsafePointer<CChar>>) -> Int32 {
  let names = (1..<Int(count)).map { String(cString: arguments[$0]) }
  let wanted = names.filter { !$0.hasPrefix("-") }
  let leftOut = names.filter { $0.hasPrefix("-") }.map { String($0.dropFirst()) }
  let tests = allTests.flatMap { $0 }.filter { test in
    (wanted.isEmpty || wanted.contains { test.name.hasPrefix($0) }) && !leftOut.contains { test.name.hasPrefix($0) }
  }
  var failed = 0
  for test in tests {
    let before = (failures: failureCount, time: seconds())
    test.run()
    let isGood = failureCount == before.failures
    if !isGood { failed += 1 }
    print("\(isGood ? "passed" : "FAILED") \(test.name) in \(seconds() - before.time) s")
    fflush(nil)
  }
  print("\(tests.count - failed) passed, \(failed) failed")
  return failed == 0 && !tests.isEmpty ? 0 : 1
}

private func seconds() -> Int {
  time(nil)
}
