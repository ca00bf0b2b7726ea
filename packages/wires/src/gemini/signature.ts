import { hasOpaque, isOwnOpaque, type OpaqueThinking, tryUnwrapOpaque, wrapOpaque } from '../shared/opaque.ts'

/**
 * `thoughtSignature`: bytes, hence base64. This wire's own are kept as they are; other wires' opaque data is wrapped, and
 * comes apart again when a client hands it back.
 */

export function readSignature(signature: string): OpaqueThinking {
  const unwrapped = tryUnwrapOpaque(Buffer.from(signature, 'base64').toString('latin1'))
  return unwrapped ?? { signature, wire: 'gemini' }
}

export function tryWriteSignature(thinking: OpaqueThinking): string | undefined {
  if (!hasOpaque(thinking)) return undefined
  if (isOwnSignature(thinking)) return thinking.signature
  return Buffer.from(wrapOpaque(thinking), 'latin1').toString('base64')
}

/** Whether the upstream takes this thinking back. */
export function isOwnSignature(thinking: OpaqueThinking): thinking is OpaqueThinking & { signature: string } {
  return isOwnOpaque(thinking, 'gemini') && thinking.signature !== undefined && thinking.encrypted === undefined
}
