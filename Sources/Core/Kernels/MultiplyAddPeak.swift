/// Does nothing but multiply-adds on registers: what the micro-kernels are measured against.
///
/// - Parameter buffer: 24 vectors of sixteen floats, which are read and written so that nothing is optimised away.
/// - Returns: the number of floating-point operations that were done.
@inline(never)
func multiplyAddPeak(iterations: Int, buffer: UnsafeMutablePointer<Float>) -> Int {
  let start = Panel(at: buffer)
  var sums = MostRows(start)
  for _ in 0..<iterations { sums.add(buffer, stride: 0, times: start) }
  sums.store(buffer, stride: 16, blockStride: 12 * 16)
  return iterations * 2 * Panel.width * MostRows.rows
}
