import { accountTexts } from '@parley/contract/page-texts/console-accounts.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { Bot, Cloud, Server, Sparkles, Theater } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { call } from '../../api/client.ts'
import { type Message, useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Cards } from '../../ui/choice.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { type Account, type AccountKind, accountKinds } from '../api-types.ts'
import { fieldProblemsOf } from '../field-problems.ts'
import { Form, useDraft, useFormId } from '../form.tsx'
import { useAction } from '../queries.ts'
import { type AccountDraft, createBody, emptyDraft } from './account-draft.ts'
import { kindTexts } from './account-look.tsx'
import { AccountFirstTest } from './account-test.tsx'
import { ConnectionFields } from './connection-fields.tsx'
import { UseFields } from './use-fields.tsx'

const kindHints: Record<AccountKind, Message> = {
  anthropic: accountTexts.kindAnthropicHint,
  openai: accountTexts.kindOpenaiHint,
  'azure-openai': accountTexts.kindAzureHint,
  gemini: accountTexts.kindGeminiHint,
  simulator: accountTexts.kindSimulatorHint,
}
const kindIcons: Record<AccountKind, ReactNode> = {
  anthropic: <Sparkles />,
  openai: <Bot />,
  'azure-openai': <Cloud />,
  gemini: <Server />,
  simulator: <Theater />,
}

const steps = ['kind', 'connection', 'use', 'test'] as const
const stepTexts: Record<(typeof steps)[number], Message> = {
  kind: accountTexts.stepKind,
  connection: accountTexts.stepConnection,
  use: accountTexts.stepUse,
  test: accountTexts.stepTest,
}

/** Four steps from nothing to an account that has answered. */
export function AccountWizard({ onClose }: { readonly onClose: () => void }) {
  const text = useText()
  const formId = useFormId()
  const [step, setStep] = useState(0)
  const [problem, setProblem] = useState<Error>()
  const { draft, change } = useDraft<AccountDraft>(emptyDraft('anthropic'))
  const create = useAction({
    run: async () => call<Account>('POST', '/admin/accounts', { body: createBody(draft) }),
    changes: ['accounts'],
    onDone: () => setStep(3),
    onError: (error) => setStep(stepOf(error)),
  })
  const forward = () => {
    const found = step === 1 ? problemOf(draft, text(accountTexts.oauthNeeded)) : undefined
    setProblem(found)
    if (found !== undefined) return
    if (step === 2) create.mutate()
    else setStep(step + 1)
  }
  const name = steps[step] ?? 'kind'
  const isLast = name === 'test'
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={text(accountTexts.addTitle)}
      description={`${text(accountTexts.stepOf, { step: step + 1, count: steps.length })}: ${text(stepTexts[name])}`}
      actions={
        isLast ? (
          <Button variant="primary" onClick={onClose}>
            {text(commonTexts.done)}
          </Button>
        ) : (
          <>
            {step > 0 && <Button onClick={() => setStep(step - 1)}>{text(commonTexts.back)}</Button>}
            <Button type="submit" form={formId} variant="primary" isBusy={create.isPending}>
              {text(name === 'use' ? accountTexts.createAndTest : commonTexts.next)}
            </Button>
          </>
        )
      }
    >
      <Form id={formId} onSubmit={forward} error={problem ?? create.error}>
        {name === 'kind' && (
          <Cards
            label={text(accountTexts.stepKind)}
            value={draft.kind}
            onChange={(kind) => change({ ...emptyDraft(kind), name: draft.name })}
            choices={accountKinds.map((kind) => ({
              value: kind,
              label: text(kindTexts[kind]),
              hint: text(kindHints[kind]),
              icon: kindIcons[kind],
            }))}
          />
        )}
        {name === 'connection' && <ConnectionFields draft={draft} change={change} />}
        {name === 'use' && <UseFields draft={draft} change={change} />}
        {isLast && create.data !== undefined && <AccountFirstTest id={create.data.id} />}
      </Form>
    </Dialog>
  )
}

const connectionFields = ['name', 'api_key', 'base_url', 'proxy']

/** That with the field which the server refused. */
function stepOf(error: Error): number {
  const [first] = fieldProblemsOf(error).keys()
  return first !== undefined && connectionFields.includes(first) ? 1 : 2
}

function problemOf(draft: AccountDraft, signInNeeded: string): Error | undefined {
  if (draft.kind !== 'simulator' && draft.signIn === 'oauth' && draft.authorizationId === undefined) {
    return new Error(signInNeeded)
  }
  return undefined
}
