import { parentPort } from 'node:worker_threads'
import { countTokens } from 'gpt-tokenizer'
import { asText } from './token-counter.ts'

/** The other half of `tokenizer.ts`: runs in its thread. */
export interface TokenizerRequest {
  readonly id: number
  readonly text: string
}
export interface TokenizerReply {
  readonly id: number
  readonly tokens: number
}

parentPort?.on('message', ({ id, text }: TokenizerRequest) => {
  parentPort?.postMessage({ id, tokens: countTokens(text, asText) } satisfies TokenizerReply)
})
