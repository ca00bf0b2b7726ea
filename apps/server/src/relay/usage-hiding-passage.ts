import { isObject, type JsonObject } from '@parley/wires'
import type { Output } from './reply.ts'
import { findEventEnd, WholeEventPassage } from './whole-event-passage.ts'

/**
 * OpenAI Chat says the usage of a stream only when asked. We ask always, because the bill needs it; a client that did not
 * ask must not see the extra event: some take an event without choices for an error. Everything else passes byte for byte.
 */
export class UsageHidingPassage extends WholeEventPassage {
  protected override shown(events: Buffer): readonly Output[] {
    // Servers that were asked write `"usage":null` into every event; only the one that has it is without choices.
    return emptyChoices.test(events.toString('latin1')) ? withoutUsageOnly(events) : [events]
  }

  override end(): readonly Output[] {
    const rest = super.end()
    return rest.filter((bytes) => !isUsageOnly(bytes as Buffer))
  }
}

const emptyChoices = /"choices"\s*:\s*\[\s*\]/

/** What lies between two events that are dropped stays in one piece: each piece is a write of its own. */
function withoutUsageOnly(events: Buffer): Buffer[] {
  const output: Buffer[] = []
  let keptFrom = 0
  for (let start = 0; start < events.length; ) {
    const end = findEventEnd(events, start) ?? events.length
    if (isUsageOnly(events.subarray(start, end))) {
      if (start > keptFrom) output.push(events.subarray(keptFrom, start))
      keptFrom = end
    }
    start = end
  }
  if (keptFrom < events.length) output.push(events.subarray(keptFrom))
  return output
}

function isUsageOnly(event: Buffer): boolean {
  if (!emptyChoices.test(event.toString('latin1'))) return false
  const data = event.toString('utf8').replace(/^data:\s*/, '')
  const body = tryObject(data)
  return body !== undefined && Array.isArray(body.choices) && body.choices.length === 0 && isObject(body.usage)
}

function tryObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch (error) {
    // Whatever is not JSON is not a usage report, and passes.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
