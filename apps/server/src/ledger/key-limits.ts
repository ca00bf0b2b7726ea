import type { Limit } from '@parley/contract'
import type { Store } from '../store/store.ts'

/** The limits on a key itself, for who does not have the key at hand; none when it is gone. */
export async function limitsOfKey({ database }: Store, keyId: string): Promise<readonly Limit[]> {
  const row = await database.selectFrom('api_key').select('limits_json').where('id', '=', keyId).executeTakeFirst()
  return row === undefined ? [] : (JSON.parse(row.limits_json) as Limit[])
}
