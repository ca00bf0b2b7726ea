/** Network addresses: which are one of a list, and what a limit counts as one caller. */
import ipaddr from 'ipaddr.js'

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number]

/** A test whether an address is in a list of addresses, CIDR ranges, and the word `loopback`. */
export function createAddressTest(list: readonly string[]): (address: string | undefined) => boolean {
  const ranges = list.flatMap((entry) => (entry === 'loopback' ? ['127.0.0.0/8', '::1/128'] : [entry])).map(readRange)
  return (address) => {
    if (address === undefined || !ipaddr.isValid(address)) return false
    const parsed = ipaddr.process(address)
    return ranges.some(([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits))
  }
}

export const isLoopback = createAddressTest(['loopback'])

/** An address range from its text; throws when it is none. */
export function readRange(text: string): Range {
  if (text.includes('/')) return ipaddr.parseCIDR(text)
  const address = ipaddr.process(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

/** What limits are counted on. An IPv6 caller has a whole /64 to take addresses from, so that is one subject. */
export function subjectOfAddress(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString()
  return `${new ipaddr.IPv6([...parsed.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`
}
