/**
 * Deterministic text: the same seed gives the same words, and different prompts give different ones, so that words of
 * one stream that turn up in another are seen. Every second word or so is Chinese or holds an emoji, which makes it
 * likely that a cut falls inside a character.
 */
const vocabulary = [
  '你好，',
  'the ',
  '世界',
  'stream ',
  '🚀 ',
  'carries ',
  '数据，',
  'every ',
  '字节',
  'arrives ',
  '没有',
  'lost ',
  '丢失。',
  'words ',
  '👩‍💻 ',
  'between ',
  '模型',
  'and ',
  '客户端',
  'flow ',
  '平稳',
  'café ',
  '而且',
  'naïve ',
  '准确。',
  'tokens ',
  '🧮 ',
  'count ',
  '一次',
  'only. ',
  '"quoted" ',
  'line\n',
] as const

export function hashOf(text: string, seed = 0): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0
  return hash
}

/** Mulberry32: small, fast, and good enough to choose words with. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

export function* createWords(count: number, seed: number): Generator<string> {
  const random = createRandom(seed)
  for (let index = 0; index < count; index++) {
    yield index === 0 ? '你好，' : (vocabulary[random() % vocabulary.length] ?? '')
  }
}

/** Text of exactly `bytes` bytes in pieces of at most 16 KB; no piece ends inside a character. */
export function* createBulk(bytes: number, seed: number): Generator<string> {
  const block = createBlock(seed)
  const blockBytes = Buffer.byteLength(block)
  let left = bytes
  while (left >= blockBytes) {
    yield block
    left -= blockBytes
  }
  if (left > 0) yield 'x'.repeat(left)
}

function createBlock(seed: number): string {
  const limit = 16_384
  let block = ''
  let size = 0
  for (const word of createWords(limit, seed)) {
    const wordBytes = Buffer.byteLength(word)
    if (size + wordBytes > limit) break
    block += word
    size += wordBytes
  }
  return block + 'x'.repeat(limit - size)
}
