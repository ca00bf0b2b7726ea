import { ParleyError } from '@parley/contract'
import { v7 as uuidv7 } from 'uuid'
import type { Connection } from '../store/store.ts'
import type { IdentityParts } from './parts.ts'
import type { User } from './user.ts'
import { findCredentials, findUser, insertUser, isUsernameTaken } from './users-repository.ts'

export interface Registration {
  readonly email: string
  readonly password: string
  readonly username?: string | undefined
  readonly nickname?: string | undefined
}

/** Makes a user. Throws ParleyError when the email or the username is taken. The hash is made before, outside any transaction. */
export async function createUser(
  registration: Omit<Registration, 'password'> & { role: User['role']; passwordHash: string },
  { rules, clock }: Pick<IdentityParts, 'rules' | 'clock'>,
  connection: Connection,
): Promise<User> {
  const email = normalizeEmail(registration.email)
  const id = uuidv7()
  const isInserted = await insertUser(
    {
      id,
      email,
      username: registration.username ?? (await freeUsername(email, connection)),
      nickname: registration.nickname ?? null,
      passwordHash: registration.passwordHash,
      role: registration.role,
      tokenQuota: rules().tokenQuota,
      now: clock(),
    },
    connection,
  )
  if (!isInserted) {
    const isEmailTaken = (await findCredentials({ email }, connection)) !== undefined
    throw new ParleyError(isEmailTaken ? 'email_taken' : 'username_taken')
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
