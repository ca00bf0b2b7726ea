/** Both databases take some tens of thousands of parameters; a list so long is parsed quickly and prepared once. */
const chunkLength = 500

/** A list that may be longer than one statement takes, in pieces. */
export function* chunksOf<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += chunkLength) yield all.slice(at, at + chunkLength)
}
