import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import type { Message } from '@parley/contract'

/** What a sidebar lists: personal conversations and groups alike. */
export interface Entry {
  readonly id: string
  readonly title: string
  readonly kind: 'personal' | 'group'
  readonly updated_at: string
  /** Of those that are pinned, the highest stands first; 0: not pinned. */
  readonly pin_rank: number
}

export type Line<T extends Entry> = { readonly heading: Message } | { readonly entry: T }

const day = 86_400_000

/** Newest first, under headings that say how long ago. Those that are pinned stand above all, in their order. */
export function linesOf<T extends Entry>(entries: readonly T[], now: number): Line<T>[] {
  const midnight = new Date(now).setHours(0, 0, 0, 0)
  const limits: readonly (readonly [Message, number])[] = [
    [chatTexts.today, midnight],
    [chatTexts.yesterday, midnight - day],
    [chatTexts.last7Days, midnight - 7 * day],
    [chatTexts.last30Days, midnight - 30 * day],
    [chatTexts.older, Number.NEGATIVE_INFINITY],
  ]
  const headingOf = ({ pin_rank: rank, updated_at: time }: T): Message => {
    if (rank > 0) return chatTexts.pinned
    const at = new Date(time).getTime()
    return limits.find(([, since]) => at >= since)?.[0] ?? chatTexts.older
  }
  const sorted = entries.toSorted(
    (left, right) => right.pin_rank - left.pin_rank || (left.updated_at < right.updated_at ? 1 : -1),
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
