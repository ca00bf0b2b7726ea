import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import type { Message } from '@parley/contract'

/** What a sidebar lists: personal conversations and groups alike. */
export interface Entry {
  readonly id: string
  readonly title: string
  readonly kind: 'personal' | 'group'
  readonly updated_at: string
}

export type Line<T extends Entry> = { readonly heading: Message } | { readonly entry: T }

const day = 86_400_000

/** Newest first, under headings that say how long ago. Those that are pinned stand above all. */
export function linesOf<T extends Entry>(entries: readonly T[], pinned: ReadonlySet<string>, now: number): Line<T>[] {
  const midnight = new Date(now).setHours(0, 0, 0, 0)
  const limits: readonly (readonly [Message, number])[] = [
    [chatTexts.today, midnight],
    [chatTexts.yesterday, midnight - day],
    [chatTexts.last7Days, midnight - 7 * day],
    [chatTexts.last30Days, midnight - 30 * day],
    [chatTexts.older, Number.NEGATIVE_INFINITY],
  ]
  const headingOf = ({ id, updated_at: time }: T): Message => {
    if (pinned.has(id)) return chatTexts.pinned
    const at = new Date(time).getTime()
    return limits.find(([, since]) => at >= since)?.[0] ?? chatTexts.older
  }
  const sorted = entries.toSorted(
    (left, right) =>
      Number(pinned.has(right.id)) - Number(pinned.has(left.id)) || (left.updated_at < right.updated_at ? 1 : -1),
  )
  const lines: Line<T>[] = []
  let last: Message | undefined
  for (const entry of sorted) {
    const heading = headingOf(entry)
    if (heading !== last) lines.push({ heading })
    last = heading
    lines.push({ entry })
  }
  return lines
}
