import type { WriteContext } from '../wire.ts'

const otherWires = /^(?:msg_|chatcmpl|resp_)/

/** Ids have no prefix here: any that is not of another wire's shape is taken for the upstream's own. */
export function responseId(upstreamId: string | undefined, context: WriteContext): string {
  return upstreamId === undefined || upstreamId === '' || otherWires.test(upstreamId) ? context.id : upstreamId
}
