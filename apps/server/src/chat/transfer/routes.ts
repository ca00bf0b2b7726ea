import { Readable } from 'node:stream'
import { fieldFaults, invalidField } from '@parley/contract'
import type { FastifyReply } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ApiInstance, Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import type { Chat } from '../chat.ts'
import { conversationParams } from '../conversations/schema.ts'

const importReportSchema = z
  .object({
    dry_run: z.boolean(),
    found: z.int().describe('Conversations in the file.'),
    imported: z.int().describe('Those that were brought in, or would be.'),
    messages: z.int(),
    files: z.int().describe('Files that were stored.'),
    duplicates: z.int().describe('Those that are here already.'),
    skipped: z.int(),
    problems: z.array(z.object({ title: z.string(), reason: z.string() })).describe('At most a hundred.'),
    is_complete: z.boolean().describe('False: the file broke off. The same file again goes on where it did.'),
  })
  .meta({ id: 'ImportReport' })

export function transferRoutes(chat: Chat): Routes {
  return async (app) => {
    addExport(app, chat)
    // A file is read as it comes, not as a body.
    await app.register(async (scope) => {
      scope.removeAllContentTypeParsers()
      scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
      addImport(scope.withTypeProvider<ZodTypeProvider>(), chat)
    })
  }
}

function addImport(app: ApiInstance, { imports }: Chat): void {
  app.post(
    '/conversations/import',
    {
      config: { accepts: { 'application/json': z.unknown().describe('The file') } },
      schema: {
        tags: ['conversations'],
        summary: 'Bring conversations in from a file',
        description:
          'The body is the file: JSON of this server, `conversations.json` of ChatGPT or Claude, an export of Open WebUI, or a backup of NextChat. It is read as it comes, and the same file again adds nothing.',
        querystring: z.object({
          dry_run: z
            .enum(['true', 'false', '1', '0'])
            .optional()
            .transform((value) => value === 'true' || value === '1')
            .describe('Only say what would be done.'),
        }),
        response: { 200: importReportSchema },
      },
    },
    async (request) => {
      if (!(request.body instanceof Readable)) throw invalidField('body', fieldFaults.notFile)
      const { userId } = principalOf(request)
      return await imports.read(userId, request.body, { isDryRun: request.query.dry_run })
    },
  )
}

/** The format of this server; what is in it is for the import. */
const exported = { 'application/json': z.unknown() }

function addExport(app: ApiInstance, { exports }: Chat): void {
  app.get(
    '/conversations/export',
    {
      config: { produces: exported },
      schema: {
        tags: ['conversations'],
        summary: 'Download everything you have as JSON, with every branch; it can be imported again',
      },
    },
    (request, reply) => {
      const { userId } = principalOf(request)
      return reply
        .header('content-disposition', 'attachment; filename="conversations.json"')
        .type('application/json; charset=utf-8')
        .send(Readable.from(exports.everything(userId)))
    },
  )
  app.get(
    '/conversations/:id/export',
    {
      config: { produces: { ...exported, 'text/markdown': z.string(), 'text/html': z.string() } },
      schema: {
        tags: ['conversations'],
        summary: 'Download a conversation: JSON with every branch, or Markdown or HTML of the one that is shown',
        params: conversationParams,
        querystring: z.object({ format: z.enum(['json', 'markdown', 'html']).default('json') }),
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request)
      const { id } = request.params
      if (request.query.format === 'markdown') {
        const { title, text } = await exports.markdown(userId, id)
        return sendFile(reply, { name: `${title}.md`, type: 'text/markdown; charset=utf-8', text })
      }
      if (request.query.format === 'html') {
        const { title, text } = await exports.html(userId, id)
        return sendFile(reply, { name: `${title}.html`, type: 'text/html; charset=utf-8', text })
      }
      const { title, text } = await exports.json(userId, id)
      const type = 'application/json; charset=utf-8'
      return sendFile(reply, { name: `${title}.json`, type, text: Readable.from(text) })
    },
  )
}

function sendFile(reply: FastifyReply, file: { name: string; type: string; text: string | Readable }): FastifyReply {
  const name = encodeURIComponent(file.name.replace(/[/\\]/g, '-'))
  return reply.header('content-disposition', `attachment; filename*=UTF-8''${name}`).type(file.type).send(file.text)
}
