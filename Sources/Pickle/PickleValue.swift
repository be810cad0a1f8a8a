/// A value of a pickle. Containers are kept apart, in the ``Unpickler``, and named by their place there, so that a hostile
/// pickle can neither nest them deep enough to overflow the stack when they are released, nor make cycles that are never
/// released.
package enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  /// Of a few characters.
  case string(String)
  /// A byte string, or a string of Python 2's: where it lies in the file.
  case bytes(Int)
  /// A long string: where its UTF-8 lies in the file.
  case text(Int)
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case function(Int)
  /// What a function would have made, had it been run: its name, its arguments, and what was put into it.
  case object(Int)
  /// What lies outside of the pickle, by the tuple that names it.
  case persistent(Int)
  /// Something that nobody needs: a float, a big integer.
  case other
}

/// A class or function that a pickle names.
package struct PickleFunction: Hashable, Sendable {
  package let module: String
  package let name: String

  package init(module: String, name: String) {
    (self.module, self.name) = (module, name)
  }

  package var description: String { "\(module).\(name)" }

  /// Whether it makes an empty dictionary.
  package var isDictionary: Bool {
    // The latter in the state of a learning-rate schedule.
    module == "collections" && (name == "OrderedDict" || name == "Counter")
  }

  /// Whether data may have it. Nothing is ever run, so it is no danger here; but a pickle that asks for these means harm
  /// to who loads it in Python, and its owner should know.
  var isHarmless: Bool {
    let package = module.split(separator: ".").first.map(String.init) ?? module
    if ["builtins", "__builtin__"].contains(package) {
      return [
        "set", "frozenset", "list", "dict", "tuple", "bytearray", "bytes", "complex", "range", "slice", "object",
        "int",
        "float", "str", "bool", "long", "unicode", "xrange",
      ].contains(name)
    }
    return ![
      "os", "posix", "nt", "posixpath", "ntpath", "subprocess", "sys", "shutil", "socket", "importlib", "runpy",
      "pty",
      "ctypes", "webbrowser", "code", "codeop", "pdb", "bdb", "timeit", "pip", "commands", "popen2", "platform",
      "imp",
      "asyncio", "multiprocessing", "http", "urllib", "requests", "ftplib", "smtplib", "signal", "threading",
    ].contains(package)
  }
}

/// What a function would have made.
package struct PickleObject {
  /// The place of the function, or nil for a set, and for what an unknown object made.
  package let function: Int?
  /// Those of the call, in order.
  package let arguments: [PickleValue]
  /// What BUILD gives to `__setstate__`: mostly a dictionary of attributes, or a tuple.
  package internal(set) var state = PickleValue.none
  /// Where its entries are, where it was filled like a dictionary.
  var items: Int?

  init(function: Int? = nil, arguments: [PickleValue] = []) {
    (self.function, self.arguments) = (function, arguments)
  }
}
