import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { systemTexts } from '@parley/contract/page-texts/console-system.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { call } from '../../api/client.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Switch } from '../../ui/switch.tsx'
import type { SystemSettings } from '../api-types.ts'
import { ConsolePage, Section } from '../console-page.tsx'
import { tryNumber } from '../form-text.ts'
import { Form, FormError, TextField, useDraft, useFormId } from '../form.tsx'
import { systemSettingsQuery, useAction } from '../queries.ts'

export function SystemSettingsPage() {
  const text = useText()
  const { data, error, refetch } = useQuery(systemSettingsQuery)
  return (
    <ConsolePage title={text(consoleTexts.settings)} lead={text(systemTexts.settingsLead)} width="narrow">
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton className="h-40" />
      ) : (
        <SettingsForm settings={data} />
      )}
      <Section title={text(systemTexts.elsewhere)}>
        <p className="text-muted">{text(systemTexts.elsewhereHint)}</p>
      </Section>
    </ConsolePage>
  )
}

function SettingsForm({ settings }: { readonly settings: SystemSettings }) {
  const text = useText()
  const formId = useFormId()
  const before = { quota: String(settings.default_token_quota), days: String(settings.retention_days ?? '') }
  const { draft, change } = useDraft(before)
  const save = useAction({
    run: (changes: object) => call<SystemSettings>('PUT', '/admin/settings', { body: changes }),
    changes: ['settings'],
    done: text(commonTexts.saved),
    onError: () => undefined,
  })
  return (
    <div className="flex flex-col gap-5 rounded-xl border bg-surface p-4">
      <div className="flex items-center justify-between gap-4">
        <div>
          <p className="text-sm font-medium">{text(systemTexts.registration)}</p>
          <p className="text-sm text-muted">{text(systemTexts.registrationHint)}</p>
        </div>
        <Switch
          label={text(systemTexts.registration)}
          checked={settings.registration_open}
          disabled={save.isPending}
          onChange={(isOpen) => save.mutate({ registration_open: isOpen })}
        />
      </div>
      <Form id={formId} onSubmit={() => save.mutate(changesOf(draft))}>
        <TextField
          label={text(systemTexts.defaultQuota)}
          hint={text(systemTexts.defaultQuotaHint)}
          inputMode="numeric"
          value={draft.quota}
          onType={(quota) => change({ quota })}
        />
        <TextField
          label={text(systemTexts.retention)}
          hint={text(systemTexts.retentionHint)}
          inputMode="numeric"
          value={draft.days}
          onType={(days) => change({ days })}
        />
        <FormError error={save.error} />
        <Button
          type="submit"
          variant="primary"
          className="self-start"
          isBusy={save.isPending}
          disabled={draft.quota === before.quota && draft.days === before.days}
        >
          {text(commonTexts.save)}
        </Button>
      </Form>
    </div>
  )
}

/** What is no number is refused by the server, which names the field. */
function changesOf({ quota, days }: { readonly quota: string; readonly days: string }): object {
  return {
    default_token_quota: tryNumber(quota) ?? quota,
    retention_days: days.trim() === '' ? null : (tryNumber(days) ?? days),
  }
}
