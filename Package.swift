// swift-tools-version: 6.0
import PackageDescription

// MARK: - Numeric kernels

// The sources in Sources/Core/Kernels are compiled once per instruction set (the other folders are symbolic links to
// it), each build into a module of its own. Core picks one at start. See Sources/Core/InstructionSet.swift. What they
// take and the table that each build is are in KernelInterface, which all share.
// BuiltinModule is for the prefetch instruction, which has no public name in Swift: see Kernels/Vector.swift.

#if arch(x86_64)
  let wideKernels: [Target] = [
    .target(
      name: "KernelsAVX2", dependencies: ["KernelInterface"], path: "Sources/Core/KernelsAVX2",
      swiftSettings: [
        .define("AVX2"), .enableExperimentalFeature("BuiltinModule"),
        .unsafeFlags(["-Ounchecked", "-Xcc", "-march=x86-64-v3"]),
      ]),
    .target(
      name: "KernelsAVX512", dependencies: ["KernelInterface"], path: "Sources/Core/KernelsAVX512",
      swiftSettings: [
        .define("AVX512"), .enableExperimentalFeature("BuiltinModule"),
        .unsafeFlags(["-Ounchecked", "-Xcc", "-march=x86-64-v4"]),
      ]),
  ]
#else
  let wideKernels: [Target] = []
#endif

let kernels: [Target] =
  [
    .target(name: "KernelInterface", path: "Sources/Core/KernelInterface"),
    .target(name: "Kernels", dependencies: ["KernelInterface"], path: "Sources/Core/Kernels"),
  ] + wideKernels

// MARK: - System libraries

let systemLibraries: [Target] = [
  .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
  .systemLibrary(
    name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"]), .brew(["libdeflate"])]),
  .systemLibrary(
    name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
  .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
  .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
  .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"]), .brew(["webp"])]),
  .systemLibrary(name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"]), .brew(["libtiff"])]),
  .systemLibrary(name: "CGIF", providers: [.apt(["libgif-dev"]), .brew(["giflib"])]),
  .systemLibrary(name: "CHEIF", pkgConfig: "libheif", providers: [.apt(["libheif-dev"]), .brew(["libheif"])]),
]

// Apple's systems have CryptoKit.
#if canImport(Darwin)
  let hashing: [Target] = []
#else
  let hashing: [Target] = [
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])])
  ]
#endif

// MARK: - Fuzzing

// Its main function is libFuzzer's, which only a build for fuzzing has: `./pipeline.sh fuzz`.
let fuzzing: [Target] =
  Context.environment["FUZZING"] == nil
  ? []
  : [
    .executableTarget(
      name: "fuzz",
      dependencies: ["Core", "Datasets", "Weights", "HDF5", "Zip", "FeatureStore", "Stages", "CDeflate", "CHDF5"],
      path: "Tests/Fuzzing",
      exclude: ["fuzz.sh"])
  ]

// MARK: - Documentation

// DocC's plugin is only fetched for `./pipeline.sh docs`.
let documentation: [Package.Dependency] =
  Context.environment["DOCUMENTATION"] == nil
  ? [] : [.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0")]

// MARK: - The package

// programs -> CommandLine -> {Report, Stages -> Classification} -> FeatureStore
// -> {Core, Datasets, Weights, HDF5, Pickle, Zip} -> Storage, C libraries.
// Console and Support, which the upper ones share, stand beside FeatureStore.

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

// What computes little itself: unoptimised it compiles in a half to a quarter of the time and runs in the same.
let quickToCompile: [SwiftSetting] = [.unsafeFlags(["-Onone"])]

let package = Package(
  name: "vgg16-feature-cache",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "pipeline", targets: ["pipeline"]),
    .executable(name: "extract", targets: ["extract"]),
    .executable(name: "fit-head", targets: ["fit-head"]),
    .executable(name: "submit", targets: ["submit"]),
    .executable(name: "predict", targets: ["predict"]),
    // For other packages: see Tests/Library.
    .library(name: "VGGFeatures", targets: ["Classification", "Core", "Datasets", "Weights"]),
  ],
  dependencies: documentation + [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: systemLibraries + hashing + kernels + fuzzing + [
    .executableTarget(name: "pipeline", dependencies: ["CommandLine"]),
    .executableTarget(name: "extract", dependencies: ["CommandLine", argumentParser]),
    .executableTarget(name: "fit-head", dependencies: ["CommandLine", argumentParser]),
    .executableTarget(name: "submit", dependencies: ["CommandLine", argumentParser]),
    .executableTarget(name: "predict", dependencies: ["CommandLine", argumentParser]),
    .target(
      name: "CommandLine",
      dependencies: [
        "Report", "Stages", "FeatureStore", "Console", "Support", "Datasets", "Core", "Storage", argumentParser, system,
      ], swiftSettings: quickToCompile),
    // The report's templates become part of the program: it runs wherever it is copied to.
    .target(
      name: "Report",
      dependencies: [
        "FeatureStore", "Console", "Support", "Core", "Datasets", "Storage", system,
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      resources: [.embedInCode("Templates")]),
    .target(
      name: "Stages",
      dependencies: [
        "Classification", "FeatureStore", "Console", "Support", "Core", "Datasets", "Weights", "HDF5", "Storage",
        system,
      ]),
    .target(
      name: "Classification",
      dependencies: ["FeatureStore", "Support", "Core", "Datasets", "Weights", "Storage"]),
    .target(
      name: "FeatureStore",
      dependencies: ["Support", "Core", "Datasets", "Weights", "HDF5", "Storage", system]),
    .target(name: "Console", dependencies: ["Support", "Core"]),
    .target(name: "Support", dependencies: ["Core", "Storage"]),
    .target(
      name: "Core", dependencies: kernels.map { .byName(name: $0.name) },
      exclude: kernels.map { String($0.path!.dropFirst("Sources/Core/".count)) }
        + (wideKernels.isEmpty ? ["KernelsAVX2", "KernelsAVX512"] : [])),
    .target(
      name: "Datasets",
      dependencies: [
        "Core", "Storage", "Zip", "HDF5", "Pickle", "CDeflate", "CZlib", "CTurboJPEG", "CPNG", "CWebP", "CTIFF", "CGIF",
        "CHEIF", system,
      ]),
    .target(
      name: "Weights",
      dependencies: [
        "Core", "HDF5", "Pickle", "Storage", "Zip", system,
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["ONNX/onnx.proto"]),
    .target(name: "HDF5", dependencies: ["CHDF5", "CDeflate", "Storage"]),
    .target(name: "Pickle"),
    .target(name: "Storage", dependencies: [system] + hashing.map { .byName(name: $0.name) }),
    .target(name: "Zip", dependencies: ["CZip"]),
    .executableTarget(
      name: "bench", dependencies: ["Core", "KernelInterface", "Datasets", argumentParser], path: "Benchmarks/bench"),

    // What Tests/Library, a package of its own, has: compiled with the tests, which run them.
    .executableTarget(
      name: "example-classify", dependencies: ["Classification"], path: "Tests/Library/Sources/classify"),
    .executableTarget(
      name: "example-features", dependencies: ["Core", "Datasets", "Weights"], path: "Tests/Library/Sources/features"),

    .testTarget(name: "CoreTests", dependencies: ["Core", "KernelInterface"], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "HDF5Tests", dependencies: ["HDF5"], resources: [.copy("Fixtures")],
      swiftSettings: quickToCompile),
    .testTarget(
      name: "DatasetsTests", dependencies: ["Datasets"], resources: [.copy("Fixtures")],
      swiftSettings: quickToCompile),
    .testTarget(name: "PickleTests", dependencies: ["Pickle"], swiftSettings: quickToCompile),
    .testTarget(
      name: "WeightsTests", dependencies: ["Weights", "HDF5", "Core"], resources: [.copy("Fixtures")],
      swiftSettings: quickToCompile),
    .testTarget(
      name: "CommandLineTests", dependencies: ["CommandLine", argumentParser],
      swiftSettings: quickToCompile),
    .testTarget(
      name: "PipelineTests",
      dependencies: [
        "Report", "Stages", "Classification", "FeatureStore", "Console", "Support", "Core", "Datasets", "HDF5",
        "Storage", "Weights",
        "CHDF5", "CTurboJPEG",
      ],
      resources: [.copy("Fixtures")], swiftSettings: quickToCompile),
  ],
  swiftLanguageModes: [.v6]
)
