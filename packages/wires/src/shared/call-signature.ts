import type { AssistantBlock, ThinkingBlock } from '../neutral.ts'
import { originalToolCallId } from './ids.ts'
import { wrapOpaque } from './opaque.ts'

/** What Google lets stand for the signature of a call that another model made (Thought signatures guide, 2026-11). */
export const foreignCallSignature = 'skip_thought_signature_validator'

/**
 * The signature of a tool call, for clients of wires whose calls have no field for it: it travels in an opaque block before
 * the call, wrapped together with the call's id, and joins its call again when the client hands both back.
 */
export function wrapCallSignature(callId: string, signature: string): string {
  return wrapOpaque({ signature, id: callId })
}

/** What has been read of signatures, until their calls come. */
export class CallSignatures {
  readonly #byCall = new Map<string, string>()

  /** True when the block is no thinking but the signature of a call: thinking has a text or the wire that made it. */
  tryKeep({ text, wire, id, signature }: Omit<ThinkingBlock, 'type'>): boolean {
    if (text !== '' || wire !== undefined || id === undefined || signature === undefined) return false
    this.#byCall.set(id, signature)
    return true
  }

  of(callId: string): { signature?: string } {
    const signature = this.#byCall.get(originalToolCallId(callId))
    return signature === undefined ? {} : { signature }
  }
}

/** The blocks with each signature at its call. One whose call is not there proves nothing, and goes. */
export function joinCallSignatures(blocks: AssistantBlock[]): AssistantBlock[] {
  const signatures = new CallSignatures()
  const others = blocks.filter((block) => block.type !== 'thinking' || !signatures.tryKeep(block))
  if (others.length === blocks.length) return blocks
  return others.map((block) => (block.type === 'tool-call' ? { ...block, ...signatures.of(block.id) } : block))
}
