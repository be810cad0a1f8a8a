// swift-tools-version: 6.0
import PackageDescription

// A package of somebody else's that uses this one: `./pipeline.sh test-library` builds and runs it, by path and by the tag of a
// version. Kernels need compiler flags that SwiftPM allows by path, branch and revision; a tag is a revision, too.
let vgg: Package.Dependency =
  Context.environment["VGG_REPOSITORY"].map {
    .package(url: $0, revision: Context.environment["VGG_VERSION"] ?? "main")
  }
  ?? .package(name: "vgg16-feature-cache", path: "../..")

let package = Package(
  name: "library-user",
  platforms: [.macOS(.v15)],
  dependencies: [vgg],
  targets: ["classify", "features"].map { name in
    .executableTarget(name: name, dependencies: [.product(name: "VGGFeatures", package: "vgg16-feature-cache")])
  }
)
