import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Hourglass } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { appInfoQuery, modelsQuery, personalSettingsQuery, queryClient } from '../api/queries.ts'
import { session } from '../api/session.ts'
import { useStore } from '../api/store.ts'
import type { Conversation } from '../api/types.ts'
import { language, useText } from '../i18n/language.ts'
import { buttonClasses } from '../ui/button.tsx'
import { classes } from '../ui/classes.ts'
import { Tooltip } from '../ui/tooltip.tsx'
import { ChatHeader } from './chat-header.tsx'
import { setAlsoModels, useAlsoModels } from './composer/also-models.ts'
import { AddModel, AlsoModels } from './composer/also-models-bar.tsx'
import { Composer } from './composer/composer.tsx'
import { draftIn, focusComposer, newConversation } from './composer/drafts.ts'
import { type Effort, EffortPicker } from './composer/effort-picker.tsx'
import { ModelPicker } from './composer/model-picker.tsx'
import { useModelNames } from './composer/use-model-names.ts'
import { type Saying, say } from './data/outbox.ts'
import { conversationQuery, reloadLists } from './data/queries.ts'
import { useChatShortcuts } from './use-chat-shortcuts.ts'

/** An empty chat: a greeting, the composer, and something to begin with. */
export function StartPage() {
  const text = useText()
  const navigate = useNavigate()
  const user = useStore(session)?.user
  const { data: app } = useQuery(appInfoQuery)
  const { data: personal } = useQuery(personalSettingsQuery)
  const { data: models } = useQuery(modelsQuery)
  const [chosen, setChosen] = useState<string>()
  const [effort, setEffort] = useState<Effort>()
  const [isTemporary, setTemporary] = useState(false)
  const alsoModelIds = useAlsoModels(newConversation)
  const names = useModelNames(setChosen)
  useChatShortcuts(undefined)
  const modelId = chosen ?? personal?.default_model ?? app?.default_model
  const begin = async (saying: Saying) => {
    const body = {
      ...(modelId === undefined ? {} : { model_id: modelId }),
      ...(effort === undefined ? {} : { parameters: { reasoning_effort: effort } }),
      is_temporary: isTemporary,
    }
    const conversation = await call<Conversation>('POST', '/api/conversations', { body })
    queryClient.setQueryData(conversationQuery(conversation.id).queryKey, { ...conversation, messages: [] })
    void say(conversation.id, { ...saying, alsoModelIds })
    setAlsoModels(conversation.id, alsoModelIds)
    setAlsoModels(newConversation, [])
    void reloadLists()
    void navigate({ to: '/c/$id', params: { id: conversation.id } })
  }
  return (
    <>
      <ChatHeader>
        <TemporaryToggle isOn={isTemporary} onChange={setTemporary} />
      </ChatHeader>
      <main className="flex min-h-0 flex-1 flex-col items-center justify-center overflow-y-auto px-4 pb-[12vh]">
        <div className="w-full max-w-2xl">
          <h1 className="mb-6 text-center text-2xl tracking-tight md:text-3xl">
            {text(chatTexts.greeting, { name: user?.nickname ?? user?.username ?? '' })}
          </h1>
          <Composer
            conversationId={newConversation}
            placeholder={text(chatTexts.placeholder)}
            onSend={begin}
            modelId={modelId}
            names={names}
            header={<AlsoModels conversationId={newConversation} />}
          >
            <ModelPicker value={modelId} onChange={setChosen} />
            <AddModel conversationId={newConversation} />
            <EffortPicker value={effort} onChange={setEffort} />
          </Composer>
          <Proposals />
          {models?.length === 0 && <NoModels isAdmin={user?.role === 'admin'} />}
        </div>
      </main>
    </>
  )
}

/** Something to begin with: it goes into the box, to be changed. */
function Proposals() {
  const inLanguage = useStore(language)
  const { data: app } = useQuery(appInfoQuery)
  const proposals = app?.suggestions[inLanguage] ?? []
  if (proposals.length === 0) return null
  return (
    <div className="mt-5 flex flex-wrap justify-center gap-2">
      {proposals.map((proposal, index) => (
        <button
          // Two may say the same.
          key={`${index} ${proposal}`}
          type="button"
          onClick={() => {
            draftIn(newConversation).set(proposal)
            focusComposer()
          }}
          className="max-w-full rounded-full border bg-surface px-3.5 py-1.5 text-left text-sm text-muted transition-colors hover:bg-hover hover:text-text coarse:py-2.5"
        >
          {proposal}
        </button>
      ))}
    </div>
  )
}

interface TemporaryToggleProps {
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
}

/** A chat that leaves no trace: not listed, not found, gone a day later. */
function TemporaryToggle({ isOn, onChange }: TemporaryToggleProps) {
  const text = useText()
  return (
    <Tooltip side="bottom" label={text(chatTexts.temporaryHint)}>
      <button
        type="button"
        aria-pressed={isOn}
        onClick={() => onChange(!isOn)}
        className={classes(buttonClasses('ghost', 'small'), isOn ? 'bg-accent-soft text-accent-ink' : 'text-muted')}
      >
        <Hourglass aria-hidden className="size-3.5" />
        {text(chatTexts.temporary)}
      </button>
    </Tooltip>
  )
}

function NoModels({ isAdmin }: { readonly isAdmin: boolean }) {
  const text = useText()
  return (
    <div className="mt-8 rounded-2xl border bg-surface p-5 text-center">
      <p className="font-medium">{text(chatTexts.noModels)}</p>
      <p className="mt-1 text-muted">{text(isAdmin ? chatTexts.noModelsAdmin : chatTexts.noModelsUser)}</p>
      {isAdmin && (
        <Link to="/console" className={`mt-3 ${buttonClasses('primary')}`}>
          {text(chatTexts.toConsole)}
        </Link>
      )}
    </div>
  )
}
