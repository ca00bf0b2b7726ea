import { isObject, type JsonObject } from '@parley/wires'

/** How long a reply an upstream was told it may make, in whichever wire's own field. */
export function toldLimit(body: JsonObject): number | undefined {
  const config = isObject(body.generationConfig) ? body.generationConfig : {}
  const said = [body.max_tokens, body.max_completion_tokens, body.max_output_tokens, config.maxOutputTokens]
  return said.find((limit) => typeof limit === 'number')
}
