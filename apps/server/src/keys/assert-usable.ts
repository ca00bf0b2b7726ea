import { ParleyError } from '@parley/contract'
import { createAddressTest } from '../config/address-range.ts'
import type { ApiKey } from './api-key.ts'
import { isAllowedClient } from './client-families.ts'

/** Who makes a call. The address is worked out only for keys that ask for it: proxies make that dear. */
export interface KeyUse {
  /** The caller's address, as trusted proxies tell it. */
  readonly ip: string
  readonly headers: { readonly 'user-agent'?: string | undefined }
}

/**
 * The one place where a key is judged, whatever door it comes to: may it be used now, from there, by that client? What it
 * may be used for (models, wires, limits) is for `admit`. Throws key_disabled, key_expired, key_ip_forbidden,
 * key_client_forbidden.
 */
export function assertUsable(key: ApiKey, use: KeyUse, now: number): void {
  if (!key.isEnabled) throw new ParleyError('key_disabled')
  if (key.expiresAt !== null && key.expiresAt <= now) throw new ParleyError('key_expired')
  if (key.ipAllow !== null && !addressTestOf(key.ipAllow)(use.ip)) throw new ParleyError('key_ip_forbidden')
  if (key.clients !== null && !isAllowedClient(key.clients, use.headers['user-agent'] ?? '')) {
    throw new ParleyError('key_client_forbidden', { parameters: { clients: key.clients.join(', ') } })
  }
}

type AddressTest = ReturnType<typeof createAddressTest>

/** By the list itself: it is replaced, never changed. */
const addressTests = new WeakMap<readonly string[], AddressTest>()

function addressTestOf(ranges: readonly string[]): AddressTest {
  let test = addressTests.get(ranges)
  if (test === undefined) {
    test = createAddressTest(ranges)
    addressTests.set(ranges, test)
  }
  return test
}
