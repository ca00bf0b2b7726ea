/** `/auth/password/…`: for those who forgot it. */
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { signInLimit } from './request-facts.ts'
import { forgotBody, resetBody } from './schema.ts'
import type { Identity } from './service.ts'

const tags = ['auth']

export function passwordRoutes({ passwordResets, settings }: Identity) {
  const config = { access: 'public', limit: signInLimit(settings) } as const

  return (app: ApiInstance): void => {
    app.post(
      '/auth/password/forgot',
      {
        config,
        schema: {
          tags,
          summary: 'Ask for a link to a new password',
          description:
            'The answer is always the same. The link comes by mail; where the server sends none, an administrator is told.',
          body: forgotBody,
          response: { 200: z.null() },
        },
      },
      (request) => {
        passwordResets.request(request.body.email, request.language)
        return null
      },
    )

    app.post(
      '/auth/password/reset',
      {
        config,
        schema: {
          tags,
          summary: 'A new password, with the token of the link',
          description: 'Signs out everywhere. The token is good once.',
          body: resetBody,
          response: { 200: z.null() },
        },
      },
      async (request) => {
        await passwordResets.reset(request.body.token, request.body.password)
        return null
      },
    )
  }
}
