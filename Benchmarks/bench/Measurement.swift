import Core
import Foundation
import KernelInterface

/// The seconds that `body` took.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  let duration = try ContinuousClock().measure(body)
  return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

/// The seconds of processor time that all threads of this process have used.
func processorSeconds() -> Double {
  var now = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
  return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}

/// The seconds of processor time that `body` took: unlike its time, hardly more when other programs run.
func processorSeconds(_ body: () -> Void) -> Double {
  let before = processorSeconds()
  body()
  return processorSeconds() - before
}

/// The most memory that this process ever had resident, in MiB.
func peakMemory() -> Double {
  #if os(Linux)
    // getrusage would count the parent process' pages of before the exec, too.
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return Double(line.split(whereSeparator: \.isWhitespace).dropFirst().first ?? "0")! / 1024
  #else
    var usage = rusage()
    getrusage(RUSAGE_SELF, &usage)
    return Double(usage.ru_maxrss) / 1_048_576
  #endif
}

/// Floating-point operations a second of nothing but multiply-adds on one thread, in GFLOP/s: the best of some tries.
func multiplyAddPeak(_ kernels: KernelTable) -> Double {
  let buffer = AlignedMemory<Float>(count: 24 * 16)
  var best = 0.0
  for _ in 0..<5 {
    var operations = 0
    let time = processorSeconds { operations = kernels.multiplyAddPeak(500_000, buffer.start) }
    best = max(best, Double(operations) / time * 1e-9)
  }
  return best
}

extension [Double] {
  /// The middle value, or the mean of the two in the middle.
  var median: Double {
    let sorted = sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}

/// Random numbers that are the same in every run (Steele, Lea and Flood 2014: SplitMix64).
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func uniform(_ range: ClosedRange<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * Float(next() >> 40) / Float(1 << 24)
  }
}

func padded(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}
