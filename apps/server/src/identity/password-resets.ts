/**
 * A new password for somebody who forgot theirs.
 *
 * Guarantees: nobody learns from an answer, or from how long it takes, whether an email is known here; a link is good once,
 * and for a while; the database holds only its hash; a new password ends all sessions.
 */
import { fillMessage, type Language, ParleyError, passwordLinkMinutes, passwordMail } from '@parley/contract'
import type { Log } from '../store/log.ts'
import { normalizeEmail } from './create-user.ts'
import { createLinkToken, hashOfLinkToken } from './link-token.ts'
import type { Mailer } from './mailer.ts'
import type { Notices } from '../store/notices.ts'
import { findReset, insertReset, takeReset } from './password-resets-repository.ts'
import type { IdentityParts } from './parts.ts'
import { revokeSessions } from './sessions-repository.ts'
import type { User } from './user.ts'
import { findCredentials, findUser, updateUser } from './users-repository.ts'

export interface PasswordResets extends AsyncDisposable {
  /** Sends a link by mail, or tells administrators. Returns at once: what comes of it is nobody's business. */
  request(email: string, language: Language): void
  /** A link that an administrator hands over. */
  makeLink(userId: string): Promise<ResetLink>
  /** Throws ParleyError when the token is not good, or the password is weak; then the token is good still. */
  reset(token: string, password: string): Promise<void>
}

export interface ResetLink {
  readonly url: string
  readonly expiresAt: number
}

export interface PasswordResetsOptions {
  readonly parts: IdentityParts
  readonly notices: Notices
  /** Undefined: no mail is sent, and administrators are told. */
  readonly mailer: Mailer | undefined
  readonly publicUrl: string
  readonly log: Log
}

const minuteMs = 60_000
const mailedMs = passwordLinkMinutes * minuteMs
/** It goes through somebody's hands. */
const handedOverMs = 24 * 60 * minuteMs
/** For each person: nobody's mailbox is to be flooded. */
const mostMails = { limit: 3, windowMs: 60 * minuteMs }

export function createPasswordResets(options: PasswordResetsOptions): PasswordResets {
  const { parts, notices, mailer, publicUrl, log } = options
  const { store, passwords, sessionCache, counters, clock } = parts
  const working = new Set<Promise<void>>()

  async function makeLink(userId: string, lifeMs: number): Promise<ResetLink> {
    const token = createLinkToken()
    const now = clock()
    const expiresAt = now + lifeMs
    await insertReset({ hash: hashOfLinkToken(token), userId, now, expiresAt }, store.database)
    // Behind the #, it reaches no server's log and no other page.
    return { url: `${publicUrl}/reset-password#${token}`, expiresAt }
  }

  async function answer(email: string, language: Language): Promise<void> {
    const known = await findCredentials({ email: normalizeEmail(email) }, store.database)
    if (known === undefined || !known.user.isActive) return
    const { user } = known
    const { isAllowed } = await counters.take(`forgot:${user.id}`, mostMails)
    if (!isAllowed) return
    if (mailer === undefined || !(await isMailed(mailer, user, language))) {
      await notices.raise('password_reset', user.id)
      log.warn({ user_id: user.id }, 'somebody forgot their password and got no mail: an administrator can make a link')
    }
  }

  async function isMailed(through: Mailer, user: User, language: Language): Promise<boolean> {
    try {
      const { url } = await makeLink(user.id, mailedMs)
      const parameters = { url, minutes: passwordLinkMinutes }
      const text = fillMessage(passwordMail.text, parameters)[language]
      await through.send({ to: user.email, subject: passwordMail.subject[language], text })
      return true
    } catch (error) {
      log.error({ err: error }, 'a mail could not be sent')
      return false
    }
  }

  return {
    request(email, language) {
      const work = answer(email, language)
        .catch((error: unknown) => log.error({ err: error }, 'a forgotten password could not be seen to'))
        .finally(() => working.delete(work))
      working.add(work)
    },

    makeLink: (userId) => makeLink(userId, handedOverMs),

    async reset(token, password) {
      const hash = hashOfLinkToken(token)
      const userId = await findReset(hash, clock(), store.database)
      const user = userId === undefined ? undefined : await findUser(userId, store.database)
      if (user === undefined) throw new ParleyError('reset_link_invalid')
      if (!user.isActive) throw new ParleyError('account_disabled')
      passwords.assertGood(password, user)
      const passwordHash = await passwords.hash(password)
      const now = clock()
      const ended = await store.transaction(async (transaction) => {
        if (!(await takeReset(hash, user.id, transaction))) throw new ParleyError('reset_link_invalid')
        await updateUser(user.id, { passwordHash, now }, transaction)
        return revokeSessions({ userId: user.id }, now, transaction)
      })
      await sessionCache.forget(ended)
      await notices.settle('password_reset', user.id)
    },

    async [Symbol.asyncDispose]() {
      await Promise.all(working)
    },
  }
}
