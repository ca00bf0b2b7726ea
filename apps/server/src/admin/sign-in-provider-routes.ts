import { ParleyError } from '@parley/contract'
import { z } from 'zod'
import type { Config } from '../config/config.ts'
import type { ApiInstance } from '../http/api.ts'
import { oidcCallbackPath, type Oidc } from '../identity/oidc.ts'

const config = { access: 'admin' } as const
const tags = ['admin']

const providerSchema = z
  .object({
    name: z.string(),
    issuer: z.string(),
    client_id: z.string(),
    redirect_uri: z.string().describe('To be registered at the provider'),
  })
  .meta({ id: 'SignInProvider' })

const testSchema = z
  .object({
    ok: z.boolean(),
    authorization_endpoint: z.string().nullable().describe('Where people are sent'),
    error: z.string().nullable(),
  })
  .meta({ id: 'SignInProviderTest' })

export interface SignInProviderParts {
  readonly config: Pick<Config, 'oidc' | 'publicUrl'>
  readonly oidc: Oidc | undefined
}

/** `/admin/sign-in-provider`: the one that people may sign in with, and whether it can be reached. */
export function signInProviderRoutes({ config: { oidc: settings, publicUrl }, oidc }: SignInProviderParts) {
  return (app: ApiInstance): void => {
    app.get(
      '/sign-in-provider',
      {
        config,
        schema: { tags, summary: 'The provider to sign in with', response: { 200: providerSchema.nullable() } },
      },
      () =>
        settings === undefined
          ? null
          : {
              name: settings.name,
              issuer: settings.issuer,
              client_id: settings.clientId,
              redirect_uri: `${publicUrl}${oidcCallbackPath}`,
            },
    )

    app.post(
      '/sign-in-provider/test',
      {
        config,
        schema: {
          tags,
          summary: 'Ask the provider for its metadata, now',
          description: 'What it says of itself must fit its issuer. Nobody is signed in.',
          response: { 200: testSchema },
        },
      },
      async () => {
        if (oidc === undefined) throw new ParleyError('oidc_off')
        try {
          return { ok: true, authorization_endpoint: await oidc.check(), error: null }
        } catch (error) {
          return { ok: false, authorization_endpoint: null, error: reasonOf(error) }
        }
      },
    )
  }
}

/** The cause is what helps: "fetch failed" does not. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message
}
