import Core

print("instruction set: \(InstructionSet.current)")
