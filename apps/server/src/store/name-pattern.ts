/** Names that stand for many: `claude-opus-*` is every name that begins so. */

/** Whether a name is one of those that the pattern stands for. */
export function matcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const expression = new RegExp(`^${parts.join('.*')}$`)
  return (name) => expression.test(name)
}

export function matchesAny(patterns: readonly string[]): (name: string) => boolean {
  const names = new Set(patterns.filter((pattern) => !pattern.includes('*')))
  const matchers = patterns.filter((pattern) => pattern.includes('*')).map(matcher)
  return (name) => names.has(name) || matchers.some((matches) => matches(name))
}
