import { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import { fieldFaults, invalidField, notFound } from '@parley/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ApiInstance, Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import { anyFile } from '../../http/media.ts'
import { pageQuery } from '../../http/page-query.ts'
import { pageOf } from '../../http/presenter.ts'
import { Page, type RouteLimit } from '../../http/route.ts'
import type { Chat } from '../chat.ts'
import { presentAttachment } from './attachment.ts'
import * as schema from './schema.ts'
import type { Attachment, NewFile, ReadAttachment } from './service.ts'

const uploadLimit: RouteLimit = { name: 'attachments', max: 120, windowMs: 60_000, by: 'user' }
const tags = ['attachments']

export function attachmentRoutes(chat: Chat): Routes {
  return async (app) => {
    addReading(app, chat)
    // A file is read as it comes, not as a body.
    await app.register(async (scope) => {
      scope.removeAllContentTypeParsers()
      await scope.register(multipart)
      scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
      addUpload(scope.withTypeProvider<ZodTypeProvider>(), chat)
    })
  }
}

const form = z.object({ file: z.string().meta({ format: 'binary' }) })

function addUpload(app: ApiInstance, { attachments }: Chat): void {
  app.post(
    '/attachments',
    {
      config: { limit: uploadLimit, accepts: { 'multipart/form-data': form } },
      schema: {
        tags,
        summary: 'Upload a file for a message',
        description:
          'multipart/form-data with one file, or the file itself as body with ?name=. Pictures (PNG, JPEG, GIF, WebP), PDF and plain text (UTF-8), by content. What no message uses is deleted after a day.',
        querystring: schema.uploadQuery,
        response: { 201: schema.uploadedSchema },
      },
    },
    async (request, reply) => {
      const file = await fileOf(request, { name: request.query.name, maxBytes: attachments.maxBytes })
      void reply.code(201)
      return present(await attachments.upload(principalOf(request).userId, file))
    },
  )
}

/** Nobody reads them, but they are held until the file has come. */
const otherFields = { parts: 20, fieldSize: 1024 }

async function fileOf(
  request: FastifyRequest,
  { name, maxBytes }: { name: string | undefined; maxBytes: number },
): Promise<NewFile> {
  if (request.isMultipart()) {
    // One byte more than is allowed, so that what is too large is seen and refused, not cut.
    const limits = { fileSize: maxBytes + 1, files: 1, ...otherFields }
    const part = await request.file({ limits }).catch(throwInvalidForm)
    if (part === undefined) throw invalidField('body', fieldFaults.noFile)
    return { name: name ?? part.filename, content: partOf(part.file) }
  }
  if (!(request.body instanceof Readable)) throw invalidField('body', fieldFaults.notFile)
  return { name: name ?? 'file', content: request.body }
}

async function* partOf(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  try {
    yield* file
  } catch (cause) {
    throwInvalidForm(cause)
  }
}

function throwInvalidForm(cause: unknown): never {
  throw invalidField('body', fieldFaults.formUnreadable, { reason: String((cause as Error).message) }, cause)
}

function addReading(app: ApiInstance, { attachments }: Chat): void {
  app.get(
    '/attachments',
    {
      schema: {
        tags,
        summary: 'List your files, newest first',
        querystring: pageQuery(50, 500),
        response: { 200: pageOf(schema.listedSchema) },
      },
    },
    async (request) => {
      const { items, pagination } = await attachments.list(principalOf(request).userId, request.query)
      const listed = items.map((item) => ({ ...present(item), message_count: item.messageCount }))
      return new Page(listed, pagination)
    },
  )
  app.get(
    '/attachments/:attachmentId',
    {
      config: { produces: anyFile },
      schema: { tags, summary: 'Download one of your files', params: schema.attachmentParams },
    },
    async (request, reply) => {
      const { id } = await attachments.get(principalOf(request).userId, request.params.attachmentId)
      const file = (await attachments.tryRead([id])).get(id)
      if (file === undefined) throw notFound('attachment')
      return sendAttachment(reply, file)
    },
  )
  app.delete(
    '/attachments/:attachmentId',
    {
      schema: {
        tags,
        summary: 'Delete one of your files; messages that had it go on to name it, and say that it was deleted',
        params: schema.attachmentParams,
        response: { 200: z.null() },
      },
    },
    async (request) => {
      await attachments.remove(principalOf(request).userId, request.params.attachmentId)
      return null
    },
  )
}

function present(attachment: Attachment): z.output<typeof schema.uploadedSchema> {
  return { ...presentAttachment(attachment), created_at: new Date(attachment.created_at).toISOString() }
}

/**
 * Pictures are shown, everything else is saved. Whatever it is, it is shown as what it is and runs nothing: no guessing of
 * another type, and a sandbox without anything in it.
 */
export function sendAttachment(reply: FastifyReply, file: ReadAttachment): FastifyReply {
  const disposition = file.media_type.startsWith('image/') ? 'inline' : 'attachment'
  const type = file.media_type === 'text/plain' ? 'text/plain; charset=utf-8' : file.media_type
  return reply
    .header('content-disposition', `${disposition}; filename*=UTF-8''${encodeName(file.name)}`)
    .header('content-security-policy', "sandbox; default-src 'none'")
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'private, max-age=3600')
    .header('content-length', file.size)
    .type(type)
    .send(Readable.from(file.pieces(), { objectMode: false }))
}

/** RFC 8187: what encodeURIComponent leaves and the header does not take. */
function encodeName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  )
}
