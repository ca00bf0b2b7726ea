import { ParleyError } from '@parley/contract'
import { v7 as uuidv7 } from 'uuid'
import type { Connection } from '../store/store.ts'
import type { IdentityParts, SignUpRules } from './parts.ts'
import type { User } from './user.ts'
import { countUsers, findCredentials, findUser, insertUser, isUsernameTaken } from './users-repository.ts'

export interface Registration {
  readonly email: string
  readonly password: string
  readonly username?: string | undefined
  readonly nickname?: string | undefined
}

export interface NewPerson extends Omit<Registration, 'password'> {
  readonly role: User['role']
  readonly passwordHash: string
  /** Null: none; undefined: that of new users. */
  readonly groupId?: string | null | undefined
  readonly isPending?: boolean | undefined
}

/**
 * Makes a user; when that is on disk, those who know the groups by heart have to be told. Throws ParleyError when the email or the username is taken, or the server is one person's who is there already. The hash is made
 * before, outside any transaction.
 */
export async function createUser(
  registration: NewPerson,
  { rules, groups, clock }: Pick<IdentityParts, 'rules' | 'groups' | 'clock'>,
  connection: Connection,
): Promise<User> {
  const email = normalizeEmail(registration.email)
  const id = uuidv7()
  const { tokenQuota, groupId, isSingleUser } = rules()
  if (isSingleUser && (await countUsers(connection)) > 0) throw new ParleyError('single_user')
  const group = groups.find((registration.groupId === undefined ? groupId : registration.groupId) ?? '')
  const isInserted = await insertUser(
    {
      id,
      email,
      username: registration.username ?? (await freeUsername(email, connection)),
      nickname: registration.nickname ?? null,
      passwordHash: registration.passwordHash,
      role: registration.role,
      groupId: group?.id ?? null,
      isPending: registration.isPending ?? false,
      tokenQuota: group?.tokenQuota ?? tokenQuota,
      now: clock(),
    },
    connection,
  )
  if (!isInserted) {
    const isEmailTaken = (await findCredentials({ email }, connection)) !== undefined
    const [code, field] = isEmailTaken ? (['email_taken', 'email'] as const) : (['username_taken', 'username'] as const)
    throw new ParleyError(code, { details: { field } })
  }
  const user = await findUser(id, connection)
  if (user === undefined) throw new Error('a user that was just made is gone')
  return user
}

export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase()
}

/** For those who name none: what is before the @ of their email, with a number when somebody has it. */
async function freeUsername(email: string, connection: Connection): Promise<string> {
  const base = email.split('@')[0]?.slice(0, 48) || 'user'
  if (!(await isUsernameTaken(base, connection))) return base
  return `${base}-${uuidv7().slice(-6)}`
}

/** Throws when somebody with this address may not come by themselves. */
export function assertWelcome(email: string, { emailDomains, isSingleUser }: SignUpRules): void {
  if (isSingleUser) throw new ParleyError('single_user')
  const domain = normalizeEmail(email).split('@').at(-1) ?? ''
  if (emailDomains.length > 0 && !emailDomains.includes(domain)) throw new ParleyError('email_domain_forbidden')
}
