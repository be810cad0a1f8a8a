// What Swift's own module Glibc adds to the C library, as far as Core and its tests use it: Embedded Swift has no such
// module.

@_exported import CGlibc

// swift-format-ignore: AlwaysUseLowerCamelCase
public var MAP_FAILED: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: -1) }
public var errno: Int32 { __errno_location().pointee }
public func open(_ path: UnsafePointer<CChar>, _ flags: Int32) -> Int32 { openFile(path, flags) }
public func exp(_ x: Float) -> Float { expf(x) }
public func log(_ x: Float) -> Float { logf(x) }
