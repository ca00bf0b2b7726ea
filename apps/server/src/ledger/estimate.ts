/**
 * A rough count of tokens where nobody has counted: a token is about 3.5 UTF-16 units of mixed prose, code and JSON, and
 * less of Chinese. It errs towards more, because it stands in for a count only when a call was cut off.
 */
export function estimateTokens(length: number): number {
  return Math.ceil(length / 3.5)
}
