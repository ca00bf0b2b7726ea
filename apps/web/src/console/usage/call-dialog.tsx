import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { endReasonTexts, usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { formatCost, formatDateTime, formatDuration, formatNumber } from '../../i18n/format.ts'
import { type Message, useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import type { UsageRecord } from '../api-types.ts'
import { type Fact, Facts } from '../console-page.tsx'
import { doorName } from '../keys/door-names.ts'
import type { Names } from '../names.ts'
import { Decision } from './decision.tsx'
import type { RecordScope } from './records-query.ts'
import { OutcomeBadge } from './outcome-badge.tsx'

export interface CallDialogProps {
  readonly record: UsageRecord
  readonly names: Names
  readonly scope?: RecordScope
  readonly onClose: () => void
}

const sourceTexts: Record<string, Message> = {
  upstream: usageTexts.sourceUpstream,
  estimate: usageTexts.sourceEstimate,
  none: usageTexts.sourceNone,
}

/** Where a call went and what became of it: the whole row of the ledger. */
export function CallDialog({ record, names, scope = 'all', onClose }: CallDialogProps) {
  const text = useText()
  return (
    <Dialog
      isOpen
      onClose={onClose}
      width="wide"
      title={text(usageTexts.traceTitle)}
      description={
        <span className="flex flex-wrap items-center gap-2">
          {formatDateTime(record.at)} <OutcomeBadge record={record} />
        </span>
      }
      actions={
        <Button autoFocus onClick={onClose}>
          {text(commonTexts.close)}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <RouteFacts record={record} names={names} scope={scope} />
        <UseFacts record={record} />
        {scope === 'all' && record.status === 'settled' && <Decision requestId={record.request_id} names={names} />}
        <div className="flex items-center gap-1 text-sm text-muted">
          {text(usageTexts.requestId)}
          <code className="ml-2 min-w-0 truncate text-xs">{record.request_id}</code>
          <CopyButton value={record.request_id} size="small" />
        </div>
      </div>
    </Dialog>
  )
}

function RouteFacts({ record, names, scope }: Omit<CallDialogProps, 'onClose'>) {
  const text = useText()
  const reason = endReasonTexts[record.end_reason ?? '']
  const facts: Fact[] = [
    [text(usageTexts.personFilter), scope === 'all' && record.user_id && names.person(record.user_id)],
    [text(usageTexts.keyFilter), scope === 'all' && record.key_id && names.key(record.key_id)],
    [text(usageTexts.door), record.wire === 'chat' ? text(usageTexts.doorChat) : doorName(record.wire)],
    [text(commonTexts.model), record.model],
    [text(usageTexts.upstreamModel), record.upstream_model],
    [text(usageTexts.account), record.account_id && names.account(record.account_id)],
    [text(usageTexts.attempts), formatNumber(record.attempts)],
    [text(usageTexts.httpStatus), record.http_status],
    [text(usageTexts.endReason), reason === undefined ? record.end_reason : text(reason)],
    [text(usageTexts.errorCode), record.error_code],
    [text(usageTexts.firstByte), record.first_byte_ms !== null && formatDuration(record.first_byte_ms)],
    [text(usageTexts.duration), record.duration_ms !== null && formatDuration(record.duration_ms)],
  ]
  return <Facts facts={facts} />
}

function UseFacts({ record }: { readonly record: UsageRecord }) {
  const text = useText()
  const source = sourceTexts[record.usage_source ?? '']
  const facts: Fact[] = [
    [text(usageTexts.inputTokens), formatNumber(record.input_tokens)],
    [text(usageTexts.outputTokens), formatNumber(record.output_tokens)],
    [text(usageTexts.thinkingTokens), record.thinking_tokens > 0 && formatNumber(record.thinking_tokens)],
    [text(usageTexts.cacheReadTokens), record.cache_read_tokens > 0 && formatNumber(record.cache_read_tokens)],
    [text(usageTexts.cacheWriteTokens), record.cache_write_tokens > 0 && formatNumber(record.cache_write_tokens)],
    [text(usageTexts.webSearches), record.web_searches > 0 && formatNumber(record.web_searches)],
    [text(usageTexts.fileSearches), record.file_searches > 0 && formatNumber(record.file_searches)],
    [text(usageTexts.serviceTier), record.service_tier],
    [text(usageTexts.usageSource), source === undefined ? record.usage_source : text(source)],
    [text(consoleTexts.cost), formatCost(record.cost_usd)],
    [text(usageTexts.priceSource), record.price_source],
  ]
  return <Facts facts={facts} />
}
