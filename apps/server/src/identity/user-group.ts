export interface UserGroup {
  readonly id: string
  readonly name: string
  readonly description: string
  /** Names of models, with `*` for any letters; null: all. Models of one's own are not asked about. */
  readonly models: readonly string[] | null
  /** What those get who come into it; null: what they have, or what new users get. */
  readonly tokenQuota: number | null
  readonly createdAt: number
  readonly updatedAt: number
}
