import { isObject, type JsonObject, type JsonValue } from '@parley/wires'

/** Gemini takes the names of its fields in two spellings, `generationConfig` and `generation_config`; so do we. */

/** What the settings of a request are called in it, and what they are. */
export function geminiSettingsOf(json: JsonObject): { readonly name: string; readonly settings: JsonObject } {
  const name = spelled(json, 'generationConfig')
  const settings = json[name]
  return { name, settings: isObject(settings) ? settings : {} }
}

/** One of the settings, under either of its names. */
export function geminiSetting(json: JsonObject, name: string): JsonValue | undefined {
  const { settings } = geminiSettingsOf(json)
  return settings[spelled(settings, name)]
}

/** The name as this object has it. */
export function spelled(object: JsonObject, name: string): string {
  const snakeCased = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return Object.hasOwn(object, snakeCased) ? snakeCased : name
}
