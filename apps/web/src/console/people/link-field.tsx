import { peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { formatDateTime } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { CopyButton } from '../../ui/copy.tsx'
import { Field, Input } from '../../ui/field.tsx'

export interface OneTimeLink {
  readonly url: string
  readonly expires_at: string
}

/** A link to be copied and handed over. */
export function LinkField({ url, expires_at: until }: OneTimeLink) {
  const text = useText()
  return (
    <Field label={text(peopleTexts.link)} hint={text(peopleTexts.linkUntil, { time: formatDateTime(until) })}>
      {(attributes) => (
        <div className="flex gap-2">
          <Input {...attributes} readOnly value={url} onFocus={(event) => event.target.select()} />
          <CopyButton value={url} variant="secondary" />
        </div>
      )}
    </Field>
  )
}
