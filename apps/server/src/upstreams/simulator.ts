import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AssistantBlock,
  type ChatEvent,
  type ChatMessage,
  type ChatRequest,
  type FinishReason,
  noUsage,
  type RelayError,
  type RelayErrorKind,
  type UserBlock,
} from '@parley/wires'
import { composeReply } from './simulator-replies.ts'

/**
 * The built-in model: answers without any upstream, so that a bare machine can chat, and misbehaves on command, so that
 * the ways a real model can fail can be tried.
 *
 * Guarantees: it types character by character, its name before the first unless it plays a part; the same request gets the same reply at the same pace (both are seeded by
 * it); usage counts what it was sent and what it said; an abort ends it at once.
 */
export interface SimulateOptions {
  /** Between characters; undefined: 10 to 50 ms each, at random; 10 to 40 in character (with a system prompt). */
  readonly delayMs: number | undefined
  readonly signal: AbortSignal
  /** The public name that it answers under. */
  readonly model: string
}

interface Command {
  readonly name: string
  readonly argument: string
}

/** One character that takes this much longer. */
const slowFactor = 10
const maxLongLength = 200_000

export async function* simulate(request: ChatRequest, options: SimulateOptions): AsyncGenerator<ChatEvent> {
  const prompt = lastUserText(request)
  const command = readCommand(prompt)
  if (command?.name === 'fail') {
    yield { type: 'error', error: failureFor(command.argument) }
    return
  }
  const random = seededRandom(`${options.model}\n${prompt}`)
  const typist = new Typist({
    ...options,
    random,
    longestMs: request.system.length > 0 ? 40 : 50,
    slowness: command?.name === 'slow' ? slowFactor : 1,
  })
  yield { type: 'start', id: `sim-${hash(prompt + options.model).toString(36)}`, model: options.model }
  yield { type: 'usage', usage: { ...noUsage, input: countInput(request) } }
  const script = writeScript(request, { command, prompt, random, model: options.model })
  yield* perform(script, typist, request)
}

// ── What it says ─────────────────────────────────────────────────────────────────────────────────────────────────

interface Script {
  readonly thinking: string
  readonly text: string
  readonly toolCall: { readonly name: string; readonly arguments: string } | undefined
}

interface Scene {
  readonly command: Command | undefined
  readonly prompt: string
  readonly random: () => number
  readonly model: string
}

function writeScript(request: ChatRequest, { command, prompt, random, model }: Scene): Script {
  const isJson = request.output?.type === 'json' || request.output?.type === 'json-schema'
  const isAsItself = !isJson && tryRole(request) === undefined
  const text = `${isAsItself ? `[${model}] ` : ''}${replyFor(request, { command, prompt, random })}`
  const thinking = command?.name === 'think' ? thoughtAbout(command.argument || prompt) : ''
  const [tool] = request.tools.filter((definition) => definition.builtin === undefined)
  const isToolWanted =
    command?.name === 'tool' || request.toolChoice?.type === 'required' || request.toolChoice?.type === 'tool'
  if (!isToolWanted || tool === undefined || isAnsweringTool(request)) return { thinking, text, toolCall: undefined }
  const { toolChoice } = request
  const name = toolChoice?.type === 'tool' ? toolChoice.name : tool.name
  const definition = request.tools.find((candidate) => candidate.name === name) ?? tool
  return { thinking, text, toolCall: { name, arguments: JSON.stringify(exampleOf(definition.parameters ?? {})) } }
}

function replyFor(request: ChatRequest, { command, prompt, random }: Omit<Scene, 'model'>): string {
  if (command?.name === 'long') return longText(Math.min(Number(command.argument) || 5000, maxLongLength))
  if (request.output?.type === 'json' || request.output?.type === 'json-schema') {
    return JSON.stringify(exampleOf(request.output.type === 'json-schema' ? request.output.schema : {}))
  }
  return composeReply({
    prompt: command === undefined ? prompt : command.argument,
    // Its own part, not those of the others.
    system: request.system.map((block) => block.text.replace(otherMembers, '')).join('\n'),
    turn: request.messages.filter((message) => message.role === 'user').length,
    toolResult: lastToolResult(request),
    random,
  })
}

function thoughtAbout(prompt: string): string {
  return /\p{Script=Han}/u.test(prompt)
    ? `用户说的是“${clip(prompt)}”。我先理解问题，再组织一个简短的回答。`
    : `The user says "${clip(prompt)}". First I make sure I understand it, then I put together a short answer.`
}

function longText(length: number): string {
  const sentence = 'All work and no play makes a dull model, so this sentence simply goes on. 千里之行，始于足下。 '
  return sentence.repeat(Math.ceil(length / sentence.length)).slice(0, length)
}

/** A value that fits a JSON schema, as far as examples need it. */
function exampleOf(schema: { readonly [key: string]: unknown }): unknown {
  if (Array.isArray(schema['enum'])) return schema['enum'][0]
  if (schema['const'] !== undefined) return schema['const']
  switch (Array.isArray(schema['type']) ? schema['type'][0] : schema['type']) {
    case 'string':
      return 'example'
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1
    case 'boolean':
      return true
    case 'array':
      return [exampleOf(asSchema(schema['items']))]
    case 'null':
      return null
    default:
      return Object.fromEntries(
        Object.entries(asSchema(schema['properties'])).map(([name, value]) => [name, exampleOf(asSchema(value))]),
      )
  }
}

function asSchema(value: unknown): { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null ? (value as { readonly [key: string]: unknown }) : {}
}

// ── How it says it ───────────────────────────────────────────────────────────────────────────────────────────────

interface Pace extends SimulateOptions {
  readonly random: () => number
  readonly longestMs: number
  readonly slowness: number
}

class Typist {
  readonly #pace: Pace

  constructor(pace: Pace) {
    this.#pace = pace
  }

  /**
   * The characters of a text, each in its time; the model's name at the beginning is one piece with the first. Without
   * delay it yields to others now and then all the same.
   */
  async *type(text: string): AsyncGenerator<string> {
    const { delayMs, random, longestMs, slowness, signal } = this.#pace
    let sinceTurn = 0
    for (const piece of piecesOf(text)) {
      const waitMs = (delayMs ?? 10 + random() * (longestMs - 10)) * slowness
      if (waitMs > 0) await sleep(waitMs, undefined, { signal })
      else if (++sinceTurn % 64 === 0) await sleep(0, undefined, { signal })
      signal.throwIfAborted()
      yield piece
    }
  }
}

function* piecesOf(text: string): Generator<string> {
  const [name = ''] = /^\[[^\]]*\] /.exec(text) ?? []
  let before = name
  for (const character of text.slice(name.length)) {
    yield before + character
    before = ''
  }
  if (before !== '') yield before
}

async function* perform(script: Script, typist: Typist, request: ChatRequest): AsyncGenerator<ChatEvent> {
  const budget = new Budget(request.maxTokens)
  let index = 0
  if (script.thinking !== '') {
    for await (const text of typist.type(budget.take(script.thinking))) yield { type: 'thinking', index, text }
    yield { type: 'thinking', index, text: '', signature: 'simulated' }
    yield { type: 'block-end', index: index++ }
  }
  const thinking = budget.used
  const { text, stop } = cutAtStop(script.text, request.stop ?? [])
  for await (const piece of typist.type(budget.take(text))) yield { type: 'text', index, text: piece }
  yield { type: 'block-end', index: index++ }
  if (script.toolCall !== undefined && !budget.isSpent) {
    const { name } = script.toolCall
    yield {
      type: 'tool-call-start',
      index,
      id: `call_${hash(script.toolCall.arguments + script.text).toString(36)}`,
      name,
    }
    for await (const json of typist.type(budget.take(script.toolCall.arguments)))
      yield { type: 'tool-call-delta', index, json }
    yield { type: 'block-end', index }
  }
  yield { type: 'usage', usage: { ...noUsage, input: countInput(request), output: budget.used - thinking, thinking } }
  const reason: FinishReason = budget.isSpent
    ? 'length'
    : script.toolCall
      ? 'tool-calls'
      : stop === undefined
        ? 'stop'
        : 'stop-sequence'
  yield { type: 'finish', reason, ...(reason === 'stop-sequence' && stop !== undefined ? { stopSequence: stop } : {}) }
}

/** How many tokens the reply may still have. */
class Budget {
  readonly #max: number
  used = 0
  isSpent = false

  constructor(max: number | undefined) {
    this.#max = max ?? Number.POSITIVE_INFINITY
  }

  /** As much of the text as fits. */
  take(text: string): string {
    const wanted = countTokens(text)
    const left = this.#max - this.used
    if (wanted <= left) {
      this.used += wanted
      return text
    }
    this.isSpent = true
    this.used += left
    return textWithin(left, text)
  }
}

function cutAtStop(text: string, stops: readonly string[]): { text: string; stop: string | undefined } {
  const found = stops
    .map((stop) => ({ stop, at: stop === '' ? -1 : text.indexOf(stop) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)[0]
  return found === undefined ? { text, stop: undefined } : { text: text.slice(0, found.at), stop: found.stop }
}

// ── What it is told ──────────────────────────────────────────────────────────────────────────────────────────────

function readCommand(prompt: string): Command | undefined {
  const match = /(?:^|\n)[^\S\n]*\/(fail|slow|tool|long|think)\b[ \t]*([^\n]*)/.exec(prompt)
  return match === null ? undefined : { name: match[1] ?? '', argument: (match[2] ?? '').trim() }
}

/**
 * What the person said last. What was said before it without being answered (a reply that failed) stands in blocks before
 * it; in a group, what other members said since stands behind it, each with a name before it.
 */
function lastUserText(request: ChatRequest): string {
  const others = tryRole(request)?.others ?? []
  const message = request.messages.findLast((candidate) => candidate.role === 'user')
  const texts = (message?.content ?? []).flatMap((block) => (block.type === 'text' ? block.text.trim() : []))
  const isOfPerson = (text: string) => text !== '' && !others.some((name) => text.startsWith(`${name}：`))
  return texts.findLast(isOfPerson) ?? texts.findLast((text) => text !== '') ?? ''
}

const otherMembers = /其他成员（((?:(?!其他成员（).)*)）的话以“名字：”开头/
/** No group has more. */
const mostMembers = 100

/** Who it is to be, in the words in which chat tells a group's bots; undefined: nobody but itself. */
function tryRole({ system }: ChatRequest): { readonly others: readonly string[] } | undefined {
  const [first] = system
  if (first === undefined || !first.text.startsWith('你是“')) return undefined
  const members = otherMembers.exec(first.text)?.[1] ?? ''
  const quoted = members.split('”', mostMembers).filter((each) => each.includes('“'))
  return { others: quoted.map((each) => each.slice(each.indexOf('“') + 1)) }
}

function lastToolResult(request: ChatRequest): string | undefined {
  const last = request.messages.at(-1)
  if (last?.role !== 'user') return undefined
  const result = last.content.findLast((block) => block.type === 'tool-result')
  return result?.content.map((block) => (block.type === 'text' ? block.text : '')).join('')
}

function isAnsweringTool(request: ChatRequest): boolean {
  return lastToolResult(request) !== undefined
}

const errorKinds: { readonly [status: number]: RelayErrorKind } = {
  400: 'invalid-request',
  401: 'authentication',
  402: 'payment',
  403: 'permission',
  404: 'not-found',
  413: 'too-large',
  429: 'rate-limit',
  503: 'unavailable',
  504: 'timeout',
  529: 'overloaded',
}

function failureFor(argument: string): RelayError {
  const wanted = Number(argument.split(/\s/)[0])
  const status = Number.isInteger(wanted) && wanted >= 400 && wanted <= 599 ? wanted : 500
  const kind = errorKinds[status] ?? (status < 500 ? 'invalid-request' : 'server')
  return { kind, status, message: `The simulated model fails with ${status}, as it was told to.` }
}

// ── Counting ─────────────────────────────────────────────────────────────────────────────────────────────────────

const wideCharacter = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u
const wideCharacters = new RegExp(wideCharacter.source, 'gu')

/** Tokens, roughly: one for each Han, Hangul or kana character, one for four others. */
export function countTokens(text: string): number {
  const wide = text.match(wideCharacters) ?? []
  return wide.length + Math.ceil((text.length - wide.join('').length) / 4)
}

/** The longest beginning of the text that has no more than `max` tokens. */
function textWithin(max: number, text: string): string {
  let [wide, narrow, end] = [0, 0, 0]
  for (const character of text) {
    if (wideCharacter.test(character)) wide += 1
    else narrow += character.length
    if (wide + Math.ceil(narrow / 4) > max) break
    end += character.length
  }
  return text.slice(0, end)
}

function countInput(request: ChatRequest): number {
  const system = request.system.reduce((sum, block) => sum + countTokens(block.text), 0)
  const tools = request.tools.length === 0 ? 0 : countTokens(JSON.stringify(request.tools))
  return system + tools + request.messages.reduce((sum, message) => sum + 4 + countMessage(message), 0)
}

function countMessage(message: ChatMessage): number {
  return message.content.reduce((sum: number, block: UserBlock | AssistantBlock) => sum + countBlock(block), 0)
}

function countBlock(block: UserBlock | AssistantBlock): number {
  switch (block.type) {
    case 'text':
    case 'thinking':
    case 'refusal':
      return countTokens(block.text)
    case 'tool-call':
      return countTokens(block.name + block.arguments)
    case 'tool-result':
      return block.content.reduce((sum, inner) => sum + countBlock(inner), 0)
    case 'image':
    case 'document':
    case 'audio':
      return 1000
  }
}

function clip(text: string): string {
  const [start = '', ...rest] = text.match(/[\s\S]{1,60}/gu) ?? []
  return rest.length === 0 ? start : `${start}…`
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return value >>> 0
}

/** Mulberry32. */
function seededRandom(seed: string): () => number {
  let state = hash(seed)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
