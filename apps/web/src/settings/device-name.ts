const browsers: readonly (readonly [string, RegExp])[] = [
  ['Edge', /Edg\//],
  ['Firefox', /Firefox\//],
  ['Chrome', /Chrom(?:e|ium)\//],
  ['Safari', /Safari\//],
]
const systems: readonly (readonly [string, RegExp])[] = [
  ['Android', /Android/],
  ['iPhone', /iPhone/],
  ['iPad', /iPad/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X/],
  ['Linux', /Linux/],
]

/** "Firefox · Windows"; a program's own name where it is no browser. */
export function deviceName(userAgent: string | null): string | undefined {
  if (userAgent === null) return undefined
  const found = [browsers, systems].flatMap((names) => names.find(([, sign]) => sign.test(userAgent))?.[0] ?? [])
  return found.length === 0 ? userAgent.slice(0, 60) : found.join(' · ')
}
