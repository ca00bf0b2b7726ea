import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { CloudOff } from 'lucide-react'
import { errorText } from '../api/client.ts'
import { useText } from '../i18n/language.ts'
import { Button } from './button.tsx'
import { EmptyState } from './empty-state.tsx'

export interface ErrorStateProps {
  readonly error: unknown
  readonly onRetry?: () => void
}

export function ErrorState({ error, onRetry }: ErrorStateProps) {
  const text = useText()
  return (
    <div role="alert">
      <EmptyState
        icon={<CloudOff />}
        title={text(commonTexts.failedToLoad)}
        hint={errorText(error)}
        {...(onRetry === undefined ? {} : { action: <Button onClick={onRetry}>{text(commonTexts.retry)}</Button> })}
      />
    </div>
  )
}
