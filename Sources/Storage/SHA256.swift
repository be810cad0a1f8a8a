#if canImport(CryptoKit)
  import CryptoKit

  package typealias SHA256 = CryptoKit.SHA256
#else
  import CCrypto
  import Foundation

  /// The secure hash of FIPS 180-4 with 256 bits, by OpenSSL; with the names of CryptoKit, which does it on Apple's systems.
  package struct SHA256 {
    private var state = SHA256_CTX()

    package init() { SHA256_Init(&state) }

    package mutating func update(bufferPointer bytes: UnsafeRawBufferPointer) {
      SHA256_Update(&state, bytes.baseAddress, bytes.count)
    }

    package mutating func update(data: some DataProtocol) {
      for region in data.regions { region.withUnsafeBytes { update(bufferPointer: $0) } }
    }

    /// The 32 bytes of the hash of what was given so far.
    package func finalize() -> [UInt8] {
      var state = state
      return [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { bytes, count in
        SHA256_Final(bytes.baseAddress, &state)
        count = bytes.count
      }
    }

    package static func hash(data: some DataProtocol) -> [UInt8] {
      var hash = SHA256()
      hash.update(data: data)
      return hash.finalize()
    }
  }
#endif
