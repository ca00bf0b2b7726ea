import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useState } from 'react'
import { call } from '../api/client.ts'
import { useStore } from '../api/store.ts'
import type { Conversation, ConversationWithMessages } from '../api/types.ts'
import { useText } from '../i18n/language.ts'
import { ErrorState } from '../ui/error-state.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { showError } from '../ui/toast.tsx'
import { type Artifact, OpenArtifact } from './artifacts/artifact.ts'
import { ChatHeader } from './chat-header.tsx'
import { useAlsoModels } from './composer/also-models.ts'
import { AddModel, AlsoModels } from './composer/also-models-bar.tsx'
import { Composer } from './composer/composer.tsx'
import { type Effort, EffortPicker } from './composer/effort-picker.tsx'
import { ModelGone } from './composer/model-gone.tsx'
import { ModelPicker } from './composer/model-picker.tsx'
import { Queue } from './composer/queue.tsx'
import { ContextGauge } from './composer/context-gauge.tsx'
import { useModelNames } from './composer/use-model-names.ts'
import { type Saying, say, sayNow } from './data/outbox.ts'
import { outbox } from './data/outbox-store.ts'
import { changeLoaded, conversationQuery, groupsQuery, reloadLists } from './data/queries.ts'
import { followRunning, runningRuns, stopRuns } from './data/runs.ts'
import { useSilenceWhenLeft } from './thread/read-aloud-button.tsx'
import { Thread } from './thread/thread.tsx'
import { useChatShortcuts } from './use-chat-shortcuts.ts'

const ArtifactPanel = lazy(async () => ({ default: (await import('./artifacts/artifact-panel.tsx')).ArtifactPanel }))

export function ConversationPage() {
  const { id } = useParams({ from: '/signed-in/chat/c/$id' })
  const query = useQuery(conversationQuery(id))
  if (query.data !== undefined) return <Loaded key={id} conversation={query.data} />
  return (
    <Frame>
      {query.isError ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : <ThreadSkeleton />}
    </Frame>
  )
}

function Frame({ children }: { readonly children: ReactNode }) {
  return (
    <>
      <ChatHeader />
      <main className="flex min-h-0 flex-1 flex-col">{children}</main>
    </>
  )
}

function Loaded({ conversation }: { readonly conversation: ConversationWithMessages }) {
  const text = useText()
  const { id, title } = conversation
  const entries = useStore(outbox).filter((entry) => entry.conversationId === id)
  const isRunning = useStore(runningRuns).has(id)
  useEffect(() => followRunning(conversation), [conversation])
  useEffect(() => {
    document.title = `${title} · Parley`
    return () => {
      document.title = 'Parley'
    }
  }, [title])
  const stop = isRunning ? () => void stopRuns(id).catch(showError) : undefined
  useChatShortcuts(conversation, stop)
  useSilenceWhenLeft(id)
  const lastSaid = conversation.messages.findLast((message) => message.role === 'user')?.content
  return (
    <WithArtifacts conversation={conversation}>
      <ChatHeader conversation={conversation} />
      <main className="flex min-h-0 flex-1 flex-col">
        <Thread conversation={conversation} outgoing={entries.filter((entry) => entry.state !== 'waiting')} />
        <div className="mx-auto w-full max-w-3xl shrink-0 px-4 pb-[max(1rem,env(safe-area-inset-bottom))]">
          {conversation.kind === 'personal' && <ModelGone modelId={conversation.model_id} />}
          <Queue entries={entries.filter((entry) => entry.state === 'waiting')} isReplying={isRunning} />
          <ComposerOf
            conversation={conversation}
            onStop={stop}
            lastSaid={lastSaid}
            placeholder={text(chatTexts.placeholder)}
          />
        </div>
      </main>
    </WithArtifacts>
  )
}

interface WithArtifactsProps {
  readonly conversation: ConversationWithMessages
  readonly children: ReactNode
}

/** The conversation, and beside it what somebody wants to look at. */
function WithArtifacts({ conversation, children }: WithArtifactsProps) {
  const [artifact, setArtifact] = useState<Artifact>()
  return (
    <OpenArtifact value={setArtifact}>
      <div className="flex min-h-0 flex-1">
        <div className="flex min-w-0 flex-1 flex-col">{children}</div>
        {artifact !== undefined && (
          <Suspense>
            <ArtifactPanel
              artifact={artifact}
              messages={conversation.messages}
              onShow={setArtifact}
              onClose={() => setArtifact(undefined)}
            />
          </Suspense>
        )}
      </div>
    </OpenArtifact>
  )
}

interface ComposerOfProps {
  readonly conversation: ConversationWithMessages
  readonly onStop: (() => void) | undefined
  readonly lastSaid: string | undefined
  readonly placeholder: string
}

function ComposerOf({ conversation, onStop, lastSaid, placeholder }: ComposerOfProps) {
  const { id, kind } = conversation
  const { data: groups } = useQuery({ ...groupsQuery, enabled: kind === 'group' })
  const group = groups?.find((known) => known.id === id)
  const chosenToo = useAlsoModels(id)
  const alsoModelIds = kind === 'personal' ? chosenToo : []
  const changeModel = (modelId: string) => void changeAnswering(conversation, { model_id: modelId })
  const modelNames = useModelNames(changeModel)
  const botNames = useMemo(
    () =>
      group?.bots.map(({ id: botId, name, personality }) => ({
        id: botId,
        label: name,
        note: personality,
        insert: `@${name} `,
      })),
    [group],
  )
  return (
    <Composer
      conversationId={id}
      placeholder={placeholder}
      onStop={onStop}
      lastSaid={lastSaid}
      onSend={(saying) => void say(id, { ...saying, alsoModelIds })}
      onSendNow={onStop && ((saying) => sayAtOnce(id, { ...saying, alsoModelIds }))}
      header={<AlsoModels conversationId={id} />}
      modelId={conversation.model_id}
      names={kind === 'group' ? botNames : modelNames}
    >
      {kind === 'personal' && (
        <>
          <ModelPicker value={conversation.model_id} onChange={changeModel} />
          <AddModel conversationId={id} />
          <EffortPicker
            value={conversation.parameters.reasoning_effort}
            onChange={(effort) => void changeEffort(conversation, effort)}
          />
        </>
      )}
      <ContextGauge conversation={conversation} />
    </Composer>
  )
}

function sayAtOnce(conversationId: string, saying: Saying): void {
  const clientMessageId = say(conversationId, saying)
  sayNow({ conversationId, clientMessageId }).catch(showError)
}

async function changeEffort(conversation: Conversation, effort: Effort): Promise<void> {
  const { reasoning_effort: _, ...others } = conversation.parameters
  await changeAnswering(conversation, {
    parameters: effort === undefined ? others : { ...others, reasoning_effort: effort },
  })
}

type Answering = Pick<Conversation, 'model_id' | 'parameters'>

/** Changes how it is answered, shown at once. */
async function changeAnswering({ id, model_id, parameters }: Conversation, body: Partial<Answering>): Promise<void> {
  changeLoaded(id, (loaded) => ({ ...loaded, ...body }))
  try {
    const changed = await call<Conversation>('PATCH', `/api/conversations/${id}`, { body })
    changeLoaded(id, (loaded) => ({ ...loaded, ...changed }))
    void reloadLists()
  } catch (error) {
    changeLoaded(id, (loaded) => ({ ...loaded, model_id, parameters }))
    showError(error)
  }
}

function ThreadSkeleton() {
  return (
    <div className="mx-auto flex w-full max-w-3xl flex-col gap-6 px-4 py-6">
      <Skeleton className="h-11 w-2/5 self-end rounded-2xl" />
      <Skeleton className="h-4 w-11/12" />
      <Skeleton className="h-4 w-4/5" />
      <Skeleton className="h-4 w-3/5" />
    </div>
  )
}
