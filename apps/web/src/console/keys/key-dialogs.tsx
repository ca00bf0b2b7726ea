import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { Copy } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { copyText } from '../../ui/copy.tsx'
import { ShownOnce } from '../../ui/shown-once.tsx'
import type { ApiKey, CreatedApiKey } from '../api-types.ts'
import { useDraft } from '../form.tsx'
import { FormDialog } from '../form-dialog.tsx'
import { keysPath, type KeyScope } from '../queries.ts'
import { HowToUse, keyPlaceholder } from './how-to-use.tsx'
import { emptyKeyDraft, isNamedOnly, keyBody, type KeyDraft, keyDraftOf, labelsBody } from './key-draft.ts'
import { KeyFields, ManagedKeyFields } from './key-form.tsx'

export interface KeyCreatorProps {
  readonly scope: KeyScope
  readonly onClose: () => void
}

/** Makes a key, or many alike, and shows what was made, this once. */
export function KeyCreator({ scope, onClose }: KeyCreatorProps) {
  const text = useText()
  const { draft, change } = useDraft(emptyKeyDraft)
  const [made, setMade] = useState<readonly CreatedApiKey[]>()
  if (made !== undefined) return <KeysShown keys={made} onClose={onClose} />
  return (
    <FormDialog
      title={text(keyTexts.addTitle)}
      submitLabel={text(keyTexts.add)}
      onClose={onClose}
      changes={['keys']}
      run={async () => await createKeys(scope, draft)}
      onDone={setMade}
    >
      <KeyFields scope={scope} draft={draft} change={change} isNew />
    </FormDialog>
  )
}

async function createKeys(scope: KeyScope, draft: KeyDraft): Promise<readonly CreatedApiKey[]> {
  const body = keyBody(draft, scope)
  const count = Number(draft.count)
  if (scope === 'own' || count === 1) return [await call<CreatedApiKey>('POST', keysPath[scope], { body })]
  return call<CreatedApiKey[]>('POST', `${keysPath[scope]}/bulk`, { body: { ...body, count } })
}

function KeysShown({ keys, onClose }: { readonly keys: readonly CreatedApiKey[]; readonly onClose: () => void }) {
  const text = useText()
  const [first] = keys
  const all = keys.map(({ name, key }) => `${name}\t${key}`).join('\n')
  return (
    <ShownOnce
      onClose={onClose}
      title={text(keyTexts.createdTitle)}
      description={text(keyTexts.createdHint)}
      doneLabel={text(keyTexts.gotIt)}
      actions={keys.length > 1 && <Button onClick={() => void copyText(all)}>{text(keyTexts.copyAll)}</Button>}
    >
      <div className="flex flex-col gap-4 pb-1">
        <ul className="flex flex-col gap-2">
          {keys.map((created) => (
            <li key={created.id} className="flex items-center gap-2 rounded-xl border bg-sunken py-1.5 pr-1.5 pl-3">
              <div className="min-w-0 flex-1">
                <p className="text-xs text-muted">{created.name}</p>
                <code data-testid="new-key" className="text-sm break-all">
                  {created.key}
                </code>
              </div>
              <Button size="small" autoFocus={created === first} onClick={() => void copyText(created.key)}>
                <Copy aria-hidden className="size-4" />
                {text(keyTexts.copyKey)}
              </Button>
            </li>
          ))}
        </ul>
        {first !== undefined && (
          <section>
            <h3 className="text-sm font-medium">{text(keyTexts.useIt)}</h3>
            <HowToUse apiKey={keys.length === 1 ? first.key : keyPlaceholder} />
          </section>
        )}
      </div>
    </ShownOnce>
  )
}

export interface KeyEditorProps extends KeyCreatorProps {
  readonly apiKey: ApiKey
}

export function KeyEditor({ scope, apiKey, onClose }: KeyEditorProps) {
  const text = useText()
  const [before] = useState(() => keyDraftOf(apiKey))
  const { draft, change } = useDraft(before)
  const isNamed = isNamedOnly(scope, apiKey)
  const body = () => (isNamed ? labelsBody(draft) : keyBody(draft, scope))
  return (
    <FormDialog
      title={text(keyTexts.editTitle, { name: apiKey.name })}
      onClose={onClose}
      changes={['keys']}
      run={async () => await call<ApiKey>('PATCH', `${keysPath[scope]}/${apiKey.id}`, { body: body() })}
    >
      {isNamed ? (
        <ManagedKeyFields draft={draft} change={change} />
      ) : (
        <KeyFields scope={scope} draft={draft} change={change} isNew={false} />
      )}
    </FormDialog>
  )
}
