import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type SubmitEvent, useState } from 'react'
import { call } from '../../api/client.ts'
import type { Group } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { Avatar } from '../../shell/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { classes } from '../../ui/classes.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Input, Select } from '../../ui/field.tsx'
import { showError } from '../../ui/toast.tsx'
import { botsQuery, reloadLists } from '../data/queries.ts'

const mostBots = 8

export function NewGroupDialog({ onClose }: { readonly onClose: () => void }) {
  const text = useText()
  const navigate = useNavigate()
  const { data: bots = [] } = useQuery(botsQuery)
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [isBusy, setBusy] = useState(false)
  const toggle = (id: string) =>
    setChosen((ids) => (ids.includes(id) ? ids.filter((known) => known !== id) : [...ids, id]))
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    setBusy(true)
    try {
      const body = { name: fields.get('name'), reply_mode: fields.get('mode'), bot_ids: chosen }
      const group = await call<Group>('POST', '/api/group-conversations', { body })
      await reloadLists()
      onClose()
      await navigate({ to: '/c/$id', params: { id: group.id } })
    } catch (error) {
      setBusy(false)
      showError(error)
    }
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={text(chatTexts.newGroup)}
      description={text(chatTexts.newGroupHint)}
      width="narrow"
    >
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4 pt-2 pb-3">
        <Field label={text(commonTexts.name)}>
          {(attributes) => <Input {...attributes} name="name" required autoFocus maxLength={200} />}
        </Field>
        <fieldset className="flex flex-col gap-1.5">
          <legend className="mb-1.5 text-sm font-medium">{text(chatTexts.bots)}</legend>
          {bots.map((bot) => (
            <label
              key={bot.id}
              className={classes(
                'flex items-center gap-3 rounded-xl border p-2.5 transition-colors hover:bg-hover',
                chosen.includes(bot.id) && 'border-accent-ink bg-accent-soft',
              )}
            >
              <input
                type="checkbox"
                checked={chosen.includes(bot.id)}
                disabled={chosen.length >= mostBots && !chosen.includes(bot.id)}
                onChange={() => toggle(bot.id)}
                className="size-4 accent-accent"
              />
              <Avatar size="small" name={bot.name} seed={bot.id} color={bot.color} />
              <span className="min-w-0 flex-1">
                <span className="block font-medium">{bot.name}</span>
                <span className="block truncate text-sm text-muted">{bot.description}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <Field label={text(chatTexts.whoAnswers)}>
          {(attributes) => (
            <Select {...attributes} name="mode" defaultValue="all">
              <option value="all">{text(chatTexts.allAnswer)}</option>
              <option value="at_once">{text(chatTexts.allAnswerAtOnce)}</option>
              <option value="mentioned">{text(chatTexts.mentionedAnswer)}</option>
              <option value="moderated">{text(chatTexts.moderatorChooses)}</option>
            </Select>
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{text(commonTexts.cancel)}</Button>
          <Button type="submit" variant="primary" isBusy={isBusy} disabled={chosen.length === 0}>
            {text(commonTexts.create)}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
