import type { User } from './user.ts'

export interface Invitation {
  readonly id: string
  /** In lower case, and only who has it may come; null: whoever has the link. */
  readonly email: string | null
  readonly role: User['role']
  readonly createdBy: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly usedAt: number | null
  /** Null: nobody yet, or somebody who is gone. */
  readonly usedBy: string | null
}
