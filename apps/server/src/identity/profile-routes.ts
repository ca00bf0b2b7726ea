/** `/user`: the signed-in person's profile and usage. */
import type { ApiInstance } from '../http/api.ts'
import { principalOf } from '../http/guard.ts'
import { presentProfile, presentUsage, profileBody, profileSchema, usageSchema } from './schema.ts'
import type { Identity } from './service.ts'

const tags = ['user']

export function profileRoutes({ people }: Identity) {
  return (app: ApiInstance): void => {
    app.get(
      '/user/profile',
      { schema: { tags, summary: 'One’s own profile', response: { 200: profileSchema } } },
      async (request) => presentProfile(await people.get(principalOf(request).userId)),
    )

    app.patch(
      '/user/profile',
      { schema: { tags, summary: 'Change one’s nickname', body: profileBody, response: { 200: profileSchema } } },
      async (request) => {
        const { userId } = principalOf(request)
        const { nickname } = request.body
        const user = nickname === undefined ? await people.get(userId) : await people.rename(userId, nickname)
        return presentProfile(user)
      },
    )

    app.get(
      '/user/usage',
      { schema: { tags, summary: 'Token quota and what is left of it', response: { 200: usageSchema } } },
      async (request) => presentUsage(await people.get(principalOf(request).userId)),
    )
  }
}
