/// Why a pickle can't be read. What to do about it is for the reader of the file to say.
package enum PickleError: Error, Equatable {
  /// Its opcodes make no sense.
  case damaged(byte: Int)
  /// It ends too early, or is longer than it may be.
  case truncated
  /// It asks for a function by which it would do harm; that was not run.
  case asks(for: String)
  /// An opcode that is not known here.
  case opcode(UInt8)
}
