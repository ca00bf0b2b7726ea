import { settingTexts } from '@parley/contract/page-texts/console-settings.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleX } from 'lucide-react'
import { call } from '../../api/client.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { showError } from '../../ui/toast.tsx'
import { Facts, Section } from '../console-page.tsx'

interface Provider {
  readonly name: string
  readonly issuer: string
  readonly client_id: string
  readonly redirect_uri: string
}

interface ProviderTest {
  readonly ok: boolean
  readonly authorization_endpoint: string | null
  readonly error: string | null
}

const providerQuery = queryOptions({
  queryKey: ['console', 'sign-in-provider'],
  queryFn: ({ signal }) => call<Provider | null>('GET', '/admin/sign-in-provider', { signal }),
})

/** The provider that people may sign in with, and whether it answers. */
export function SignInProvider() {
  const text = useText()
  const { data } = useQuery(providerQuery)
  const test = useMutation({
    mutationFn: () => call<ProviderTest>('POST', '/admin/sign-in-provider/test'),
    onError: showError,
  })
  if (data === undefined) return null
  return (
    <Section
      title={text(settingTexts.ssoTitle)}
      actions={
        data !== null && (
          <Button size="small" isBusy={test.isPending} onClick={() => test.mutate()}>
            {text(settingTexts.ssoTest)}
          </Button>
        )
      }
    >
      {data === null ? (
        <p className="text-muted">{text(settingTexts.ssoOff)}</p>
      ) : (
        <>
          <Facts
            facts={[
              [text(commonTexts.name), data.name],
              ['OIDC_ISSUER', data.issuer],
              ['OIDC_CLIENT_ID', data.client_id],
              [
                text(settingTexts.ssoRedirect),
                <span key="uri" className="inline-flex items-center gap-1 break-all">
                  {data.redirect_uri}
                  <CopyButton value={data.redirect_uri} size="small" />
                </span>,
              ],
            ]}
          />
          {test.data !== undefined && <Outcome test={test.data} />}
        </>
      )}
    </Section>
  )
}

function Outcome({ test }: { readonly test: ProviderTest }) {
  const text = useText()
  const Icon = test.ok ? CircleCheck : CircleX
  return (
    <p role="status" className={`flex items-start gap-2 ${test.ok ? 'text-success' : 'text-danger'}`}>
      <Icon aria-hidden className="mt-0.5 size-4.5 shrink-0" />
      <span className="min-w-0 break-words">
        {test.ok
          ? text(settingTexts.ssoWorks, { host: new URL(test.authorization_endpoint ?? '').host })
          : text(settingTexts.ssoFailed, { reason: test.error ?? '' })}
      </span>
    </p>
  )
}
