/** What goes over the wire about people, in and out, with the documents' field names. */
import { z } from 'zod'
import type { SignedIn } from './sign-ins.ts'
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
  .regex(/^[\p{L}\p{N}_.-]+$/u, 'must be letters, digits, "_", "." or "-"')

export const registerBody = z.object({ email, password, username: username.optional(), nickname: nickname.optional() })
export const loginBody = z.object({ email: z.string().trim().min(1).max(254), password })
export const refreshBody = z.object({ refresh_token: z.string().min(1).max(512) })
export const passwordBody = z.object({ currentPassword: password, newPassword: password })
export const profileBody = z.object({ nickname: nickname.nullable().optional() })
export const setupBody = registerBody.extend({ token: z.string().min(1).max(128) })
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
    token_quota: user.tokenQuota,
    token_used: user.tokenUsed,
    created_at: isoTime(user.createdAt),
    updated_at: isoTime(user.updatedAt),
    last_login_at: user.lastLoginAt === null ? null : isoTime(user.lastLoginAt),
  }
}

export function presentSignedIn({ accessToken, refreshToken, user }: SignedIn): z.output<typeof signedInSchema> {
  return { token: accessToken, refresh_token: refreshToken, user: presentUser(user) }
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

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
