import KernelInterface
import Kernels

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// The builds of the numeric kernels in this binary, from the one that runs everywhere to the widest.
///
/// ``current`` is chosen once, at start, from the processor's flags. The environment variable `FEATURE_CACHE_ISA`
/// (`avx512`, `avx2`, `baseline`) forces one, for tests.
public enum InstructionSet: String, Sendable, CaseIterable {
  /// SSE2 on x86-64, NEON on arm64.
  case baseline
  /// x86-64-v3: AVX2 and FMA.
  case avx2
  /// x86-64-v4: AVX-512 F, BW, CD, DQ and VL.
  case avx512

  /// The instruction sets that this machine can run, narrowest first.
  public static let supported: [InstructionSet] = {
    let flags = processorFlags()
    return allCases.filter { $0.requiredFlags.isSubset(of: flags) }
  }()

  /// The instruction set that the kernels of this process use.
  public static let current: InstructionSet = {
    let forced = wish.flatMap(InstructionSet.init)
    return supported.last { forced == nil || $0 == forced } ?? supported.last!
  }()

  /// Whether the kernels' fused multiply-add is one instruction. Without it, on x86-64 that has neither AVX2 nor FMA, it is
  /// done in double precision, to the same bytes, at about a twentieth of the speed.
  public var fusesInHardware: Bool {
    #if arch(x86_64)
      self != .baseline
    #else
      true
    #endif
  }

  /// Why the instruction set that the environment asks for can't be had, in one line; nil where it can, or none is asked
  /// for. Programs end with it.
  public static var refusal: String? {
    guard let wish, wish != current.rawValue else { return nil }
    return
      "FEATURE_CACHE_ISA=\(wish): this machine runs one of \(supported.map { $0.rawValue }.joined(separator: ", "))"
  }

  private static var wish: String? {
    environmentVariable("FEATURE_CACHE_ISA").flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The names, as Linux lists them, of the processor flags that make up the x86-64 micro-architecture level.
  private var requiredFlags: Set<String> {
    let level3: Set<String> = ["avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"]
    let level4: Set<String> = ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]
    switch self {
    case .baseline: return []
    case .avx2: return level3
    case .avx512: return level3.union(level4)
    }
  }
}

extension KernelTable {
  /// The build for an instruction set.
  ///
  /// - Precondition: this machine supports it.
  package init(for instructionSet: InstructionSet) {
    precondition(InstructionSet.supported.contains(instructionSet), "this machine has no \(instructionSet)")
    switch instructionSet {
    #if arch(x86_64)
      case .avx512: self = KernelsAVX512.kernelTable()
      case .avx2: self = KernelsAVX2.kernelTable()
    #endif
    default: self = Kernels.kernelTable()
    }
  }

  /// The build for ``InstructionSet/current``.
  package static let current = KernelTable(for: .current)
}
