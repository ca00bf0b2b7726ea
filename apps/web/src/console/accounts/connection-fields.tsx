import { accountTexts } from '@parley/contract/page-texts/console-accounts.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { useText } from '../../i18n/language.ts'
import { Segments } from '../../ui/choice.tsx'
import type { AccountKind } from '../api-types.ts'
import { MoreOptions, TextField } from '../form.tsx'
import type { DraftFieldsProps } from './account-draft.ts'
import { OAuthSteps } from './oauth-steps.tsx'

/** Kinds whose upstreams have a sign-in of their own. */
const kindsWithSignIn: readonly AccountKind[] = ['anthropic', 'openai', 'gemini']

/** Name, credential, address and proxy: all that it takes to reach the upstream. */
export function ConnectionFields({ draft, change, account }: DraftFieldsProps) {
  const text = useText()
  return (
    <>
      <TextField
        name="name"
        label={text(commonTexts.name)}
        hint={text(accountTexts.nameHint)}
        value={draft.name}
        onType={(name) => change({ name })}
        required
        autoFocus
        maxLength={100}
      />
      {draft.kind !== 'simulator' && (
        <>
          {kindsWithSignIn.includes(draft.kind) && (
            <div className="flex flex-col items-start gap-1.5">
              <span className="text-sm font-medium">{text(accountTexts.credential)}</span>
              <Segments
                label={text(accountTexts.credential)}
                value={draft.signIn}
                onChange={(signIn) => change({ signIn })}
                choices={[
                  { value: 'key', label: text(accountTexts.withKey) },
                  { value: 'oauth', label: text(accountTexts.withSignIn) },
                ]}
              />
            </div>
          )}
          {draft.signIn === 'key' && (
            <TextField
              name="api_key"
              label={text(accountTexts.apiKey)}
              hint={
                account?.api_key === null || account === undefined
                  ? text(accountTexts.apiKeyHint)
                  : text(accountTexts.apiKeyKept, { hint: account.api_key })
              }
              type="password"
              autoComplete="new-password"
              value={draft.apiKey}
              onType={(apiKey) => change({ apiKey })}
            />
          )}
          {draft.signIn === 'oauth' ? (
            <>
              <MoreOptions isOpen={draft.proxy !== '' || draft.baseUrl !== ''}>
                <AddressFields draft={draft} change={change} />
              </MoreOptions>
              <OAuthSteps draft={draft} change={change} />
            </>
          ) : (
            <AddressFields draft={draft} change={change} />
          )}
        </>
      )}
    </>
  )
}

/** Few need them where one signs in: then they are folded away, before the steps that a proxy is for. */
function AddressFields({ draft, change }: Pick<DraftFieldsProps, 'draft' | 'change'>) {
  const text = useText()
  return (
    <>
      <TextField
        name="base_url"
        label={text(accountTexts.baseUrl)}
        hint={text(draft.kind === 'azure-openai' ? accountTexts.baseUrlAzureHint : accountTexts.baseUrlHint)}
        type="url"
        value={draft.baseUrl}
        onType={(baseUrl) => change({ baseUrl })}
      />
      <TextField
        name="proxy"
        label={text(accountTexts.proxy)}
        hint={text(accountTexts.proxyHint)}
        value={draft.proxy}
        onType={(proxy) => change({ proxy })}
      />
    </>
  )
}
