import type { JsonObject } from '../neutral.ts'
import type { Meter } from '../wire.ts'

/** Texts to be turned into vectors, as either of the two wires that can asks for them. */
export interface EmbeddingRequest {
  model: string
  texts: string[]
  /** Numbers in a vector; absent: as many as the model makes. */
  dimensions?: number
}

export interface EmbeddingReply {
  vectors: number[][]
  /** Undefined: the upstream did not say. */
  inputTokens: number | undefined
}

/** How one wire asks for embeddings. Pure, as a `Wire` is. */
export interface EmbeddingCodec {
  /** Throws WireError naming the field that another wire could not carry. */
  readRequest(body: JsonObject, model: string): EmbeddingRequest
  writeRequest(request: EmbeddingRequest): JsonObject
  /** After the account's base URL, for what `writeRequest` writes. */
  requestPath(model: string): string
  /** Throws WireError when it is not a reply. */
  readReply(body: JsonObject): EmbeddingReply
  /** In the form that the request asked for. */
  writeReply(reply: EmbeddingReply, request: { body: JsonObject; model: string }): JsonObject
  meter(): Meter
}
