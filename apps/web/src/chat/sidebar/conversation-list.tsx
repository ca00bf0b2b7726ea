import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef } from 'react'
import type { Conversation, Group } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { conversationsQuery, groupsQuery, type ListFilter } from '../data/queries.ts'
import { ConversationItem } from './conversation-item.tsx'
import { linesOf } from './date-groups.ts'

const rowHeight = { mouse: 34, finger: 46, heading: 34 }
const isCoarse = matchMedia('(pointer: coarse)').matches

/** All conversations and groups, by date. Only those in view are drawn; the next page comes when its place does. */
export function ConversationList({ filter }: { readonly filter: ListFilter }) {
  const text = useText()
  const scroller = useRef<HTMLDivElement>(null)
  const list = useInfiniteQuery(conversationsQuery(filter))
  const isAll = Object.keys(filter).length === 0
  const groups = useQuery({ ...groupsQuery, enabled: isAll })
  const { data } = list
  const lines = useMemo(() => {
    const personal = data?.pages.flatMap(({ items }) => items) ?? []
    const shared = isAll ? (groups.data ?? []).map(asConversation) : []
    // A page can move while the next is loaded, and bring somebody twice.
    const entries = [...new Map([...personal, ...shared].map((entry) => [entry.id, entry])).values()]
    return linesOf(entries, Date.now())
  }, [data, groups.data, isAll])
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => {
      const line = lines[index]
      if (line !== undefined && 'heading' in line) return rowHeight.heading
      return isCoarse ? rowHeight.finger : rowHeight.mouse
    },
    overscan: 12,
  })
  const items = virtualizer.getVirtualItems()
  const lastShown = items.at(-1)?.index ?? 0
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastShown > lines.length - 30) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, lastShown, lines.length])
  if (list.isError && data === undefined) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
      {list.isPending && <ListSkeleton />}
      {list.isSuccess && lines.length === 0 && (
        <p className="px-3 py-6 text-center text-sm text-muted">
          {text(isAll ? chatTexts.noConversations : chatTexts.nothingHere)}
        </p>
      )}
      <ul
        aria-label={text(chatTexts.conversations)}
        className="relative"
        style={{ height: virtualizer.getTotalSize() }}
      >
        {items.map((item) => {
          const line = lines[item.index]
          if (line === undefined) return null
          return (
            <li
              key={'entry' in line ? line.entry.id : line.heading.en}
              className="absolute inset-x-0 top-0"
              style={{ height: item.size, transform: `translateY(${item.start}px)` }}
            >
              {'entry' in line ? (
                <ConversationItem conversation={line.entry} />
              ) : (
                <h2 className="px-2.5 pt-3 text-xs font-medium text-muted">{text(line.heading)}</h2>
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}

/** A group as the conversation that it also is. */
function asConversation(group: Group): Conversation {
  return {
    id: group.id,
    title: group.name,
    model_id: group.model_id,
    kind: 'group',
    is_pinned: group.is_pinned,
    pin_rank: group.pin_rank,
    is_archived: false,
    is_temporary: false,
    folder: null,
    tags: [],
    system_prompt: null,
    parameters: {},
    active_leaf_id: null,
    version: 0,
    created_at: group.created_at,
    updated_at: group.updated_at,
  }
}

function ListSkeleton() {
  return (
    <div className="flex flex-col gap-3 px-2.5 py-4">
      {['w-3/4', 'w-1/2', 'w-5/6', 'w-2/3', 'w-3/5'].map((width) => (
        <Skeleton key={width} className={`h-4 ${width}`} />
      ))}
    </div>
  )
}
