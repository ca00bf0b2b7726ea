/**
 * What a model is shown of files: pictures and PDF as they are where it can read them, text as text. Of what it cannot
 * read, and of what no longer is, it learns the name, so that it can say so instead of guessing.
 */
import type { UserBlock } from '@parley/wires'
import type { ModelInput } from '../../catalog/model-inputs.ts'
import { inputOf, type MessageAttachment } from './attachment.ts'
import type { Attachments, ReadAttachment } from './service.ts'

export interface Reader {
  readonly inputs: readonly ModelInput[]
  readonly attachments: Pick<Attachments, 'tryRead'>
}

export interface ShownFiles {
  readonly blocks: ReadonlyMap<string, UserBlock>
  /** Names of those of which the model gets only the name. */
  readonly unread: readonly string[]
}

/** Upstreams take requests of some 30 MB, and bytes grow by a third on the way. */
const mostBytes = 21 * 1024 * 1024
/** What a name costs. */
const tokensOfName = 16

export function canRead(inputs: readonly ModelInput[], { media_type: mediaType }: MessageAttachment): boolean {
  const input = inputOf(mediaType)
  return input === 'text' || inputs.includes(input)
}

/** What files take of a model's window. */
export function tokensOfFiles(attachments: readonly MessageAttachment[], inputs: readonly ModelInput[]): number {
  return attachments.reduce((sum, file) => sum + tokensOfName + (canRead(inputs, file) ? file.token_count : 0), 0)
}

/** The newest first: of more than fits in a request, older ones are only named. */
export async function showFiles(files: readonly MessageAttachment[], reader: Reader): Promise<ShownFiles> {
  const found = await reader.attachments.tryRead(files.map(({ id }) => id))
  const blocks = new Map<string, UserBlock>()
  const unread: string[] = []
  let bytes = 0
  for (const file of files.toReversed()) {
    if (blocks.has(file.id)) continue
    const known = found.get(file.id)
    const fits = bytes === 0 || bytes + file.size <= mostBytes
    if (known === undefined || !fits || !canRead(reader.inputs, file)) {
      unread.push(file.name)
      blocks.set(file.id, { type: 'text', text: `[${nounOf(file)}: ${file.name}]` })
      continue
    }
    bytes += file.size
    blocks.set(file.id, await blockOf(known))
  }
  return { blocks, unread }
}

async function blockOf(file: ReadAttachment): Promise<UserBlock> {
  const pieces: Buffer[] = []
  for await (const piece of file.pieces()) pieces.push(piece)
  const content = Buffer.concat(pieces)
  const input = inputOf(file.media_type)
  if (input === 'text') {
    const text = content.toString('utf8')
    return { type: 'text', text: `<file name=${JSON.stringify(file.name)}>\n${text}\n</file>` }
  }
  const source = { kind: 'base64' as const, mediaType: file.media_type, data: content.toString('base64') }
  return input === 'image' ? { type: 'image', source } : { type: 'document', source, title: file.name }
}

function nounOf({ media_type: mediaType }: MessageAttachment): string {
  const input = inputOf(mediaType)
  return input === 'text' ? 'file' : input
}
