import Foundation

// libFuzzer has the main function, and calls the two below. Of the arguments it leaves alone those with two dashes:
//
//     fuzz --list                          prints the targets' names
//     fuzz --target=NAME --seeds=FOLDER    writes the inputs to start from
//     fuzz --target=NAME [FLAGS] FOLDER…   makes inputs, as libFuzzer's own -help=1 says
//     fuzz --target=NAME FILE              reads that input once

/// Of this run.
private let target: FuzzTarget = {
  let name = argument("target") ?? ""
  guard let target = FuzzTarget.all.first(where: { $0.name == name }) else { exit("no target '\(name)': see --list") }
  return target
}()

private func argument(_ name: String) -> String? {
  CommandLine.arguments.first { $0.hasPrefix("--\(name)=") }.map { String($0.dropFirst(name.count + 3)) }
}

private func exit(_ message: String) -> Never {
  FileHandle.standardError.write(Data("fuzz: \(message)\n".utf8))
  exit(64)
}

/// Called once, at start.
@_cdecl("LLVMFuzzerInitialize")
func initialize(
  _: UnsafeMutablePointer<CInt>, _: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> CInt {
  if CommandLine.arguments.contains("--list") {
    for target in FuzzTarget.all { print(target.name) }
    exit(0)
  }
  if let folder = argument("seeds") {
    do {
      try target.writeSeeds(to: folder)
    } catch {
      exit("\(error)")
    }
    exit(0)
  }
  return 0
}

/// Of AVIF pictures that are not whole libheif 1.15 keeps 40 bytes each: it frees what dav1d has not read yet, but not the
/// note of whose it was. What is ours, or libheif's, is another leak.
@_cdecl("__lsan_default_suppressions")
func leaksOfOthers() -> UnsafePointer<CChar> { knownLeaks }

private nonisolated(unsafe) let knownLeaks = UnsafePointer(strdup("leak:libdav1d\n")!)

/// Called with every input. What a reader throws must be one of our errors, and one line.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Not copied, so that a read beyond the end is one that AddressSanitizer sees.
  let input = bytes.map { Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: $0), count: count, deallocator: .none) }
  target.read(input ?? Data())
  return 0
}
