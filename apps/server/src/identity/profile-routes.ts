/** `/user`: the signed-in person's profile and usage. */
import type { ApiInstance } from '../http/api.ts'
import { principalOf } from '../http/guard.ts'
import { presentProfile, presentUsage, profileBody, profileSchema, usageSchema } from './schema.ts'
import type { Identity } from './service.ts'

const tags = ['user']

interface ProfileParts extends Pick<Identity, 'people'> {
  /** Resolves when all calls that have ended are counted. */
  readonly settled: () => Promise<void>
}

export function profileRoutes({ people, settled }: ProfileParts) {
  return (app: ApiInstance): void => {
    app.get(
      '/user/profile',
      { schema: { tags, summary: 'One’s own profile', response: { 200: profileSchema } } },
      async (request) => {
        // Whoever has just made a call finds it counted.
        await settled()
        return presentProfile(await people.get(principalOf(request).userId))
      },
    )

    app.patch(
      '/user/profile',
      { schema: { tags, summary: 'Change one’s nickname', body: profileBody, response: { 200: profileSchema } } },
      async (request) => {
        const { userId } = principalOf(request)
        const { nickname } = request.body
        await settled()
        const user = nickname === undefined ? await people.get(userId) : await people.rename(userId, nickname)
        return presentProfile(user)
      },
    )

    app.get(
      '/user/usage',
      { schema: { tags, summary: 'Token quota and what is left of it', response: { 200: usageSchema } } },
      async (request) => {
        await settled()
        return presentUsage(await people.get(principalOf(request).userId))
      },
    )
  }
}
