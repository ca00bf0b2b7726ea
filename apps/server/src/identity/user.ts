/** A person, as the rest of the server sees one. Never holds the password's hash. */
export interface User {
  readonly id: string
  readonly email: string
  readonly username: string
  readonly nickname: string | null
  readonly role: 'admin' | 'user'
  readonly plan: string
  readonly isActive: boolean
  /** Registered, and waits for an administrator; not active then. */
  readonly isPending: boolean
  readonly groupId: string | null
  /** False: signs in through another provider only. */
  readonly hasPassword: boolean
  readonly tokenQuota: number
  readonly tokenUsed: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly lastLoginAt: number | null
}

/** One sign-in, on one device. */
export interface Session {
  readonly id: string
  readonly userId: string
  readonly createdAt: number
  readonly lastUsedAt: number
  readonly expiresAt: number
  readonly ip: string | null
  readonly userAgent: string | null
}

/** Where a sign-in comes from. */
export interface Client {
  readonly ip: string
  readonly userAgent: string | null
}
