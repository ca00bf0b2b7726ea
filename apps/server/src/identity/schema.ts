/** What goes over the wire about people, in and out, with the documents' field names. */
import { fieldFaults } from '@parley/contract'
import { z } from 'zod'
import { inBoth } from '../http/schema-text.ts'
import { isoTime } from '../http/values.ts'
import type { MfaStatus } from './mfa.ts'
import type { SignedIn } from './signed-in.ts'
import type { Challenge } from './sign-ins.ts'
import type { Session, User } from './user.ts'

const time = z.iso.datetime()
/** Length and strength are judged by the rules for new passwords, not by the shape. */
const password = z.string().min(1).max(1024)
const email = z.string().trim().max(254).pipe(z.email())
const nickname = z.string().trim().max(64)
const username = z
  .string()
  .trim()
  .min(2)
  .max(64)
  .regex(/^[\p{L}\p{N}_.-]+$/u, inBoth(fieldFaults.notUsername))

/** Both spellings of the documents are read, lower case is written. */
export const roleField = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['admin', 'user']))

export const registerBody = z.object({ email, password, username: username.optional(), nickname: nickname.optional() })
export const selfRegisterBody = registerBody.extend({
  invitation: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('What stands in the link of an invitation: with it one may register, whoever else may'),
})
export const loginBody = z.object({ email: z.string().trim().min(1).max(254), password })
export const refreshBody = z.object({ refresh_token: z.string().min(1).max(512) })
export const passwordBody = z.object({ currentPassword: password, newPassword: password })
export const profileBody = z.object({ nickname: nickname.nullable().optional() })
export const setupBody = registerBody.extend({ token: z.string().min(1).max(128) })
const code = z.string().trim().min(1).max(64).describe('Six digits of the authenticator, or a recovery code')
export const mfaSetupBody = z.object({ password: password.optional().describe('Needed of those who have one') })
export const mfaCodeBody = z.object({ code })
export const mfaEnableBody = z.object({
  code,
  end_other_sessions: z.boolean().default(false).describe('Sign out all other devices'),
})
export const mfaVerifyBody = z.object({ challenge: z.string().min(1).max(2048), code })
export const forgotBody = z.object({ email: loginBody.shape.email })
export const resetBody = z.object({ token: z.string().min(1).max(128), password })
export const oidcExchangeBody = z.object({ code: z.string().min(1).max(128) })
export const idParams = z.object({ id: z.string() })

export const userSchema = z
  .object({
    id: z.string(),
    email: z.string(),
    username: z.string(),
    nickname: z.string().nullable(),
    plan: z.string(),
    role: z.enum(['admin', 'user']),
  })
  .meta({ id: 'User' })

export const profileSchema = userSchema
  .extend({
    has_password: z.boolean().describe('False: signs in through another provider only'),
    token_quota: z.int(),
    token_used: z.int(),
    created_at: time,
    updated_at: time,
    last_login_at: time.nullable(),
  })
  .meta({ id: 'Profile' })

export const signedInSchema = z
  .object({
    token: z.string().describe('Access token: `Authorization: Bearer …`'),
    refresh_token: z.string().describe('Good for one refresh, which gives the next'),
    user: userSchema,
  })
  .meta({ id: 'SignedIn' })

export const challengeSchema = z
  .object({
    mfa_required: z.literal(true),
    challenge: z.string().describe('For `/auth/mfa/verify`, with a code'),
    expires_at: time,
  })
  .meta({ id: 'MfaChallenge' })

export const waitingSchema = z
  .object({ approval_required: z.literal(true), user: userSchema })
  .meta({ id: 'WaitsForApproval' })

export const signInSchema = z.union([signedInSchema, challengeSchema])

export const mfaStatusSchema = z
  .object({ is_enabled: z.boolean(), enabled_at: time.nullable(), recovery_codes_left: z.int() })
  .meta({ id: 'MfaStatus' })

export const mfaSetupSchema = z
  .object({
    secret: z.string().describe('To be typed into an authenticator'),
    uri: z.string().describe('The same for a QR code: `otpauth://totp/…`'),
  })
  .meta({ id: 'MfaSetup' })

export const recoveryCodesSchema = z.object({ recovery_codes: z.array(z.string()) }).meta({ id: 'RecoveryCodes' })

export const usageSchema = z
  .object({
    token_quota: z.int(),
    token_used: z.int(),
    token_remaining: z.int(),
    usage_percent: z.number().describe('Two decimals'),
  })
  .meta({ id: 'TokenUsage' })

export const sessionSchema = z
  .object({
    id: z.string(),
    created_at: time,
    last_used_at: time,
    expires_at: time,
    ip: z.string().nullable(),
    user_agent: z.string().nullable(),
    is_current: z.boolean(),
  })
  .meta({ id: 'SignInSession' })

export function presentUser(user: User): z.output<typeof userSchema> {
  const { id, email, username, nickname, plan, role } = user
  return { id, email, username, nickname, plan, role }
}

export function presentProfile(user: User): z.output<typeof profileSchema> {
  return {
    ...presentUser(user),
    has_password: user.hasPassword,
    token_quota: user.tokenQuota,
    token_used: user.tokenUsed,
    created_at: isoTime(user.createdAt),
    updated_at: isoTime(user.updatedAt),
    last_login_at: isoTime(user.lastLoginAt),
  }
}

export function presentSignedIn({ accessToken, refreshToken, user }: SignedIn): z.output<typeof signedInSchema> {
  return { token: accessToken, refresh_token: refreshToken, user: presentUser(user) }
}

export function presentWaiting(user: User): z.output<typeof waitingSchema> {
  return { approval_required: true, user: presentUser(user) }
}

export function presentSignIn(result: SignedIn | Challenge): z.output<typeof signInSchema> {
  if (!('challenge' in result)) return presentSignedIn(result)
  return { mfa_required: true, challenge: result.challenge, expires_at: isoTime(result.expiresAt) }
}

export function presentMfaStatus({ enabledAt, recoveryCodesLeft }: MfaStatus): z.output<typeof mfaStatusSchema> {
  return {
    is_enabled: enabledAt !== null,
    enabled_at: isoTime(enabledAt),
    recovery_codes_left: recoveryCodesLeft,
  }
}

export function presentUsage({ tokenQuota, tokenUsed }: User): z.output<typeof usageSchema> {
  const percent = tokenQuota === 0 ? 100 : (tokenUsed / tokenQuota) * 100
  return {
    token_quota: tokenQuota,
    token_used: tokenUsed,
    token_remaining: Math.max(0, tokenQuota - tokenUsed),
    usage_percent: Math.round(percent * 100) / 100,
  }
}

export function presentSession(session: Session, currentId: string): z.output<typeof sessionSchema> {
  return {
    id: session.id,
    created_at: isoTime(session.createdAt),
    last_used_at: isoTime(session.lastUsedAt),
    expires_at: isoTime(session.expiresAt),
    ip: session.ip,
    user_agent: session.userAgent,
    is_current: session.id === currentId,
  }
}
