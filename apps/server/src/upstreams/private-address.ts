import { lookup as resolve, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { ParleyError } from '@parley/contract'
import ipaddr from 'ipaddr.js'

/**
 * Keeps URLs that users set away from the operator's own network.
 *
 * Guarantees: an address is public only if it is ordinary unicast in IANA's registries, whatever way it is written
 * (IPv4 inside IPv6 is looked at as IPv4); the address that was checked is the one that is connected to, so a name that
 * resolves differently a moment later gains nothing.
 */
export function isPrivateAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return true
  const parsed = ipaddr.process(address)
  if (parsed.range() === 'unicast') return parsed instanceof ipaddr.IPv6 && !parsed.match(globalUnicast)
  const embedded = parsed instanceof ipaddr.IPv6 ? tryEmbeddedIPv4(parsed) : undefined
  return embedded === undefined || embedded.range() !== 'unicast'
}

/** The only part of IPv6 that has been allocated. The rest has odd corners: `::/96` was a way of writing IPv4 once. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/** NAT64 (RFC 6052) and 6to4 (RFC 3056) addresses lead to the IPv4 address inside them. */
function tryEmbeddedIPv4(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  const bytes = address.toByteArray()
  if (address.range() === 'rfc6052') return new ipaddr.IPv4(bytes.slice(12))
  if (address.range() === '6to4') return new ipaddr.IPv4(bytes.slice(2, 6))
  return undefined
}

/** Throws ParleyError naming the field, when the URL's host is private or has a private address. */
export async function assertPublicUrl(url: string, field: string): Promise<void> {
  const { hostname } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const addresses = isIP(host) === 0 ? await resolveAll(host) : [host]
  if (addresses.some(isPrivateAddress)) throw new ParleyError('private_address', { parameters: { field, host } })
}

function resolveAll(host: string): Promise<string[]> {
  const { promise, resolve: done } = Promise.withResolvers<string[]>()
  // A name that does not resolve now is not private: the call that needs it will say that it cannot be reached.
  resolve(host, { all: true }, (error, addresses) => done(error ? [] : addresses.map(({ address }) => address)))
  return promise
}

/** Says of connections that would go to a private address why there are none. */
export class PrivateAddressRefused extends Error {
  override readonly name = 'PrivateAddressRefused'
  readonly code = 'ERR_PRIVATE_ADDRESS'
  constructor(host: string) {
    super(`${host} is a private address`)
  }
}

/** For `net.connect`: resolves names to public addresses only. It is not asked about hosts that are addresses already. */
export const publicLookup: LookupFunction = (host, options, callback) => {
  resolve(host, { ...options, all: true }, (error, addresses) => {
    const refused = error ?? (addresses.some(isPrivate) ? new PrivateAddressRefused(host) : null)
    const [first] = addresses ?? []
    if (refused !== null || first === undefined) return callback(refused ?? new PrivateAddressRefused(host), '', 0)
    if (options.all) callback(null, addresses)
    else callback(null, first.address, first.family)
  })
}

function isPrivate({ address }: LookupAddress): boolean {
  return isPrivateAddress(address)
}
