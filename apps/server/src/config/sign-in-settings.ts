/** Mail, and signing in through another provider: each is set whole or not at all. */
import type { Environment, Problem } from './env.ts'

export interface MailSettings {
  readonly url: string
  /** `Parley <parley@example.com>` */
  readonly from: string
}

/** An OpenID Connect provider. */
export interface OidcSettings {
  readonly issuer: string
  readonly clientId: string
  /** Undefined: a public client. */
  readonly clientSecret: string | undefined
  readonly scopes: string
  /** What the page calls it. */
  readonly name: string
  /** Whoever signs in there and is nobody here gets an account. */
  readonly isSignUpAllowed: boolean
  /** Whoever has an account here with the same email, which the provider has verified, is that person. */
  readonly isLinkedByEmail: boolean
}

export function problemsOfSignIn(values: Environment): Problem[] {
  return [
    ...together(values, 'SMTP_URL', 'MAIL_FROM'),
    ...together(values, 'OIDC_ISSUER', 'OIDC_CLIENT_ID'),
    ...(values.OIDC_SCOPES.split(' ').includes('openid')
      ? []
      : [
          {
            setting: 'OIDC_SCOPES',
            problem: 'does not have "openid"',
            remedy: 'Without it the provider tells nobody’s name.',
          },
        ]),
  ]
}

function together(values: Environment, one: keyof Environment, other: keyof Environment): Problem[] {
  if ((values[one] === undefined) === (values[other] === undefined)) return []
  const setting = values[one] === undefined ? one : other
  return [{ setting, problem: 'is missing', remedy: `Set ${one} and ${other} together, or neither.` }]
}

export function mailOf({ SMTP_URL: url, MAIL_FROM: from }: Environment): MailSettings | undefined {
  return url === undefined || from === undefined ? undefined : { url, from }
}

export function oidcOf(values: Environment): OidcSettings | undefined {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId } = values
  if (issuer === undefined || clientId === undefined) return undefined
  return {
    issuer,
    clientId,
    clientSecret: values.OIDC_CLIENT_SECRET,
    scopes: values.OIDC_SCOPES,
    name: values.OIDC_NAME ?? new URL(issuer).hostname,
    isSignUpAllowed: values.OIDC_ALLOW_SIGN_UP,
    isLinkedByEmail: values.OIDC_LINK_BY_EMAIL,
  }
}
