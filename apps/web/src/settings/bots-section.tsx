import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { queryClient } from '../api/queries.ts'
import type { Bot } from '../api/types.ts'
import { botsQuery } from '../chat/data/queries.ts'
import { useText } from '../i18n/language.ts'
import { Avatar } from '../shell/avatar.tsx'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { showError } from '../ui/toast.tsx'
import { BotDialog, type BotDraft } from './bot-dialog.tsx'

const empty: BotDraft = {
  name: '',
  personality: '',
  description: '',
  response_tendency: '',
  model_id: null,
  color: '#0b6e5f',
}

export function BotsSection() {
  const text = useText()
  const { data: bots, error, refetch } = useQuery(botsQuery)
  const [edited, setEdited] = useState<BotDraft>()
  const [removed, setRemoved] = useState<Bot>()
  const remove = useMutation({
    mutationFn: ({ id }: Bot) => call('DELETE', `/api/bots/${id}`),
    onSuccess: () => queryClient.invalidateQueries(botsQuery),
    onError: showError,
  })
  if (error !== null && bots === undefined) return <ErrorState error={error} onRetry={() => void refetch()} />
  return (
    <>
      <p className="mb-3 text-muted">{text(settingsTexts.botsHint)}</p>
      <ul className="mb-4">
        {bots?.map((bot) => (
          <li key={bot.id} className="flex items-center gap-3 border-b py-3">
            <Avatar name={bot.name} seed={bot.id} color={bot.color} />
            <div className="min-w-0 flex-1">
              <p className="flex items-center gap-2 font-medium">
                {bot.name}
                {bot.is_preset && <Badge>{text(settingsTexts.preset)}</Badge>}
              </p>
              <p className="truncate text-sm text-muted">
                {[bot.personality, bot.description].filter(Boolean).join(' · ')}
              </p>
            </div>
            {!bot.is_preset && (
              <>
                <IconButton label={text(commonTexts.edit)} onClick={() => setEdited(bot)}>
                  <Pencil aria-hidden className="size-4" />
                </IconButton>
                <IconButton label={text(commonTexts.delete)} onClick={() => setRemoved(bot)}>
                  <Trash2 aria-hidden className="size-4" />
                </IconButton>
              </>
            )}
          </li>
        ))}
      </ul>
      <Button variant="primary" onClick={() => setEdited(empty)}>
        <Plus aria-hidden className="size-4" />
        {text(settingsTexts.newBot)}
      </Button>
      {removed !== undefined && (
        <Confirm
          isOpen
          onClose={() => setRemoved(undefined)}
          title={text(settingsTexts.deleteTitle, { name: removed.name })}
          description={text(settingsTexts.deleteHint)}
          confirmLabel={text(commonTexts.delete)}
          onConfirm={() => remove.mutateAsync(removed)}
        />
      )}
      {edited !== undefined && <BotDialog initial={edited} onClose={() => setEdited(undefined)} />}
    </>
  )
}
