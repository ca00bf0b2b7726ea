import { accountTexts } from '@parley/contract/page-texts/console-accounts.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { Bot, Cloud, Server, Sparkles, Theater } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { call } from '../../api/client.ts'
import { type Message, type Text, useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Cards } from '../../ui/choice.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { type Account, type AccountKind, accountKinds } from '../api-types.ts'
import { FieldError, fieldProblemsOf } from '../field-problems.ts'
import { Form, useDraft, useFormId } from '../form.tsx'
import { useAction } from '../queries.ts'
import { accountPath } from './account-actions.ts'
import { type AccountDraft, changeBody, createBody, emptyDraft } from './account-draft.ts'
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
  const [made, setMade] = useState<Made>()
  const create = useAction({
    run: async () => await save(draft, made),
    changes: ['accounts'],
    onDone: ({ id }) => {
      setMade({ id, draft })
      setStep(3)
    },
    onError: (error) => setStep(stepOf(error)),
  })
  const goTo = (next: number) => {
    setProblem(undefined)
    create.reset()
    setStep(next)
  }
  const forward = () => {
    const found = step === 1 ? problemOf(draft, text) : undefined
    if (found !== undefined) setProblem(found)
    else if (step === 2) create.mutate()
    else goTo(step + 1)
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
          <>
            <Button onClick={() => goTo(1)}>{text(accountTexts.changeIt)}</Button>
            <Button variant="primary" onClick={onClose}>
              {text(commonTexts.done)}
            </Button>
          </>
        ) : (
          <>
            {/* What has been made keeps its kind. */}
            {step > (made === undefined ? 0 : 1) && (
              <Button onClick={() => goTo(step - 1)}>{text(commonTexts.back)}</Button>
            )}
            <Button type="submit" form={formId} variant="primary" isBusy={create.isPending}>
              {text(name !== 'use' ? commonTexts.next : submitTexts[made === undefined ? 'new' : 'made'])}
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
        {isLast && made !== undefined && <AccountFirstTest id={made.id} proxy={draft.proxy} />}
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

/** The account as it was saved last. */
interface Made {
  readonly id: string
  readonly draft: AccountDraft
}

const submitTexts = { new: accountTexts.createAndTest, made: accountTexts.saveAndTest }

async function save(draft: AccountDraft, made: Made | undefined): Promise<Account> {
  return made === undefined
    ? await call<Account>('POST', '/admin/accounts', { body: createBody(draft) })
    : await call<Account>('PATCH', accountPath(made.id), { body: changeBody(draft, made.draft) })
}

function problemOf(draft: AccountDraft, text: Text): Error | undefined {
  if (draft.name.trim() === '') return new FieldError('name', text(accountTexts.nameNeeded))
  if (draft.kind === 'azure-openai' && draft.baseUrl.trim() === '') {
    return new FieldError('base_url', text(accountTexts.baseUrlNeeded))
  }
  const isSignedIn = draft.signIn !== 'oauth' || draft.authorizationId !== undefined
  return draft.kind === 'simulator' || isSignedIn ? undefined : new Error(text(accountTexts.oauthNeeded))
}
