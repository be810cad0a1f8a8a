// Compiled into Core for Embedded Swift, which has no Codable: there the specifications are values only.

public protocol Codable {}
