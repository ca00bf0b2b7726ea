import type { Annotation, JsonObject } from '../neutral.ts'
import { closeItem, type OpenPart, openItem, placeOf, type ReplyDraft, say, sayRaw } from './reply.ts'
import { writeAnnotation } from './write-content.ts'

/** Text and refusals: parts of one message as long as nothing else comes between them. */

export function writeText(draft: ReplyDraft, index: number, text: string): string {
  const [part, opened] = partOf(draft, index, 'text')
  if (text === '') return opened
  part.text += text
  return (
    opened +
    sayRaw(draft, 'response.output_text.delta', `${rawPlace(part)},"delta":${JSON.stringify(text)},"logprobs":[]`)
  )
}

export function writeRefusal(draft: ReplyDraft, index: number, text: string): string {
  const [part, opened] = partOf(draft, index, 'refusal')
  draft.hasRefused = true
  if (text === '') return opened
  part.text += text
  return opened + sayRaw(draft, 'response.refusal.delta', `${rawPlace(part)},"delta":${JSON.stringify(text)}`)
}

export function writeAnnotationEvent(draft: ReplyDraft, index: number, annotation: Annotation): string {
  const [part, opened] = partOf(draft, index, 'text')
  const written = writeAnnotation(annotation, part.text.length)
  const place = { ...partPlace(part), annotation_index: part.annotations.length }
  part.annotations.push(written)
  return opened + say(draft, 'response.output_text.annotation.added', { ...place, annotation: written })
}

function rawPlace({ message, contentIndex }: OpenPart): string {
  return `,"item_id":"${message.id}","output_index":${message.outputIndex},"content_index":${contentIndex}`
}

function partPlace({ message, contentIndex }: OpenPart): JsonObject {
  return placeOf(message, { content_index: contentIndex })
}

function partOf(draft: ReplyDraft, index: number, kind: OpenPart['kind']): [OpenPart, string] {
  const existing = draft.blocks.get(index)
  if (existing?.kind === 'text' || existing?.kind === 'refusal') return [existing, '']
  return openPart(draft, index, kind)
}

function openPart(draft: ReplyDraft, index: number, kind: OpenPart['kind']): [OpenPart, string] {
  const opened = draft.message === undefined ? openMessage(draft) : ''
  const message = draft.message
  if (message === undefined) throw new TypeError('A message that was just opened is open')
  const part: OpenPart = { kind, message, contentIndex: message.content.length, annotations: [], text: '' }
  message.content.push(writePart(part))
  message.openParts += 1
  draft.blocks.set(index, part)
  return [part, opened + say(draft, 'response.content_part.added', { ...partPlace(part), part: writePart(part) })]
}

function openMessage(draft: ReplyDraft): string {
  const [item, said] = openItem(draft, 'msg_', {
    type: 'message',
    status: 'in_progress',
    role: 'assistant',
    content: [],
  })
  draft.message = { ...item, content: [], openParts: 0 }
  return said
}

function writePart({ kind, text, annotations }: OpenPart): JsonObject {
  return kind === 'text' ? { type: 'output_text', text, annotations, logprobs: [] } : { type: 'refusal', refusal: text }
}

export function closePart(draft: ReplyDraft, part: OpenPart): string {
  const { message, contentIndex, kind, text } = part
  const written = writePart(part)
  message.content[contentIndex] = written
  message.openParts -= 1
  const place = partPlace(part)
  const done =
    kind === 'text'
      ? say(draft, 'response.output_text.done', { ...place, text, logprobs: [] })
      : say(draft, 'response.refusal.done', { ...place, refusal: text })
  const partDone = say(draft, 'response.content_part.done', { ...place, part: written })
  return done + partDone + (message === draft.message ? '' : closeMessageItem(draft, message, 'completed'))
}

/** Nothing more is added to the message; it ends with its last open part. */
export function closeMessage(draft: ReplyDraft, status: string): string {
  const message = draft.message
  draft.message = undefined
  return message === undefined ? '' : closeMessageItem(draft, message, status)
}

function closeMessageItem(draft: ReplyDraft, message: OpenPart['message'], status: string): string {
  if (message.openParts > 0) return ''
  Object.assign(message.item, { status, content: message.content })
  return closeItem(draft, message)
}
