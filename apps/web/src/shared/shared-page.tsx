import { authTexts } from '@parley/contract/page-texts/auth.ts'
import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { call } from '../api/client.ts'
import { DeletedFile } from '../chat/files/deleted-file.tsx'
import { Markdown } from '../chat/markdown/markdown.tsx'
import { formatBytes, formatDate } from '../i18n/format.ts'
import type { Attachment } from '../api/types.ts'
import { useText } from '../i18n/language.ts'
import { Brand } from '../shell/brand.tsx'
import { buttonClasses } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { Skeleton } from '../ui/skeleton.tsx'

interface SharedConversation {
  readonly title: string
  readonly created_at: string
  readonly messages: readonly {
    readonly role: 'user' | 'assistant'
    readonly name: string | null
    readonly content: string
    readonly attachments?: readonly Attachment[]
    readonly created_at: string
  }[]
}

/** A conversation that somebody has shared: to be read by anybody who has the link. */
export function SharedPage() {
  const text = useText()
  const { token } = useParams({ from: '/shared/$token' })
  const { data, error, refetch } = useQuery({
    queryKey: ['shared', token],
    queryFn: ({ signal }) => call<SharedConversation>('GET', `/api/shared/${encodeURIComponent(token)}`, { signal }),
  })
  return (
    <div className="flex h-full flex-col">
      <header className="flex h-13 shrink-0 items-center justify-between px-4">
        <Link to="/" className="rounded-md">
          <Brand />
        </Link>
        <Link to="/" className={buttonClasses('ghost', 'small')}>
          {text(authTexts.signIn)}
        </Link>
      </header>
      <main className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex max-w-3xl flex-col gap-5 px-4 pt-4 pb-16">
          {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
          {data === undefined && error === null && <Skeleton className="h-40" />}
          {data !== undefined && (
            <div>
              <h1 className="text-2xl">{data.title}</h1>
              <p className="text-muted">{formatDate(data.created_at)}</p>
            </div>
          )}
          {data?.messages.map((message, index) => (
            <article key={`${index}`} aria-label={text(message.role === 'user' ? chatTexts.you : chatTexts.reply)}>
              {message.role === 'user' ? (
                <div className="flex flex-col items-end gap-1">
                  <SharedFiles token={token} files={message.attachments ?? []} />
                  {message.content !== '' && (
                    <div className="ml-auto w-fit max-w-[85%] rounded-2xl rounded-br-md bg-accent-soft px-4 py-2.5 break-words whitespace-pre-wrap">
                      {message.content}
                    </div>
                  )}
                </div>
              ) : (
                <>
                  <div className="mb-1 text-xs text-muted">{message.name}</div>
                  <Markdown text={message.content} />
                </>
              )}
            </article>
          ))}
        </div>
      </main>
    </div>
  )
}

function SharedFiles({ token, files }: { readonly token: string; readonly files: readonly Attachment[] }) {
  if (files.length === 0) return null
  const addressOf = ({ id }: Attachment) => `/api/shared/${encodeURIComponent(token)}/attachments/${id}`
  return (
    <ul className="flex max-w-[85%] flex-wrap justify-end gap-2">
      {files.map((file) => (
        <li key={file.id}>
          {file.is_deleted === true ? (
            <DeletedFile name={file.name} />
          ) : (
            <a href={addressOf(file)} target="_blank" rel="noopener">
              {file.media_type.startsWith('image/') ? (
                <img src={addressOf(file)} alt={file.name} className="h-52 rounded-2xl border object-cover" />
              ) : (
                <span className="flex h-14 items-center gap-2 rounded-xl border bg-surface px-3 text-sm">
                  {file.name} <span className="text-muted">{formatBytes(file.size)}</span>
                </span>
              )}
            </a>
          )}
        </li>
      ))}
    </ul>
  )
}
