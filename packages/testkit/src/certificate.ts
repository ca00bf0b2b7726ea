import { generateKeyPairSync, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'

export interface Certificate {
  key: string
  cert: string
}

export interface CertificateOptions {
  /** Names and IPv4 addresses that it is for. */
  hosts?: readonly string[]
  /** Its time has passed. */
  isExpired?: boolean
}

/**
 * A fresh self-signed certificate (X.509 v3, RFC 5280; ECDSA P-256), to be trusted by giving it as `ca`. It is put
 * together here, in DER, because Node can read certificates but not make them, and a committed key would look like a leak.
 */
export function createCertificate(options: CertificateOptions = {}): Certificate {
  const { hosts = ['localhost', '127.0.0.1'], isExpired = false } = options
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(objectId(1, 2, 840, 10045, 4, 3, 2))
  const name = sequence(tagged(0x31, sequence(objectId(2, 5, 4, 3), text(hosts[0] ?? 'test'))))
  const validity = isExpired ? ['200101000000Z', '210101000000Z'] : ['200101000000Z', '491231235959Z']
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(1),
    algorithm,
    name,
    sequence(...validity.map((time) => tagged(0x17, Buffer.from(time)))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(alternativeNames(hosts), isAuthority())),
  )
  const signature = sign('sha256', body, privateKey)
  const der = sequence(body, algorithm, tagged(0x03, Buffer.from([0]), signature))
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: pemOf(der) }
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIPv4(host) ? tagged(0x87, Buffer.from(host.split('.').map(Number))) : tagged(0x82, Buffer.from(host)),
  )
  return sequence(objectId(2, 5, 29, 17), tagged(0x04, sequence(...names)))
}

function isAuthority(): Buffer {
  const isTrue = tagged(0x01, Buffer.from([0xff]))
  return sequence(objectId(2, 5, 29, 19), isTrue, tagged(0x04, sequence(isTrue)))
}

function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function tagged(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function sequence(...contents: Buffer[]): Buffer {
  return tagged(0x30, ...contents)
}

function integer(value: number): Buffer {
  return tagged(0x02, Buffer.from([value]))
}

function text(value: string): Buffer {
  return tagged(0x0c, Buffer.from(value))
}

/** The first two arcs share a byte; the others are in base 128, high bit set on all but the last byte. */
function objectId(first: number, second: number, ...arcs: number[]): Buffer {
  const bytes = arcs.flatMap((arc) => {
    const digits = [arc & 0x7f]
    for (let rest = arc >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80)
    return digits
  })
  return tagged(0x06, Buffer.from([first * 40 + second, ...bytes]))
}
