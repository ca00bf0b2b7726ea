import { modelTexts } from '@parley/contract/page-texts/console-models.ts'
import { useQuery } from '@tanstack/react-query'
import { call } from '../../api/client.ts'
import { formatDateTime, formatNumber } from '../../i18n/format.ts'
import { type Message, useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Table } from '../../ui/table.tsx'
import { type CatalogModel, type PricedModel, type PriceKind, priceKinds } from '../api-types.ts'
import { TextField, useDraft } from '../form.tsx'
import { readFactors, writeFactors } from '../form-text.ts'
import { FormDialog } from '../form-dialog.tsx'
import { pricedModelQuery, useAction } from '../queries.ts'
import { priceText } from './price-text.ts'

const kindTexts: Record<PriceKind, Message> = {
  input: modelTexts.priceInput,
  output: modelTexts.priceOutput,
  cache_read: modelTexts.priceCacheRead,
  cache_write_5m: modelTexts.priceCacheWrite5m,
  cache_write_1h: modelTexts.priceCacheWrite1h,
  thinking: modelTexts.priceThinking,
  audio_input: modelTexts.priceAudioInput,
  audio_output: modelTexts.priceAudioOutput,
  web_search: modelTexts.priceWebSearch,
  file_search: modelTexts.priceFileSearch,
}

type PriceDraft = Record<PriceKind | 'service_tiers', string>

function draftOf(model: CatalogModel): PriceDraft {
  const { prices } = model
  const typed = (kind: PriceKind) => (prices === null ? '' : String(prices[kind]))
  const kinds = Object.fromEntries(priceKinds.map((kind) => [kind, typed(kind)])) as Record<PriceKind, string>
  return { ...kinds, service_tiers: writeFactors(prices?.service_tiers ?? {}) }
}

export interface PricesDialogProps {
  readonly model: CatalogModel
  readonly onClose: () => void
}

/** What a model costs: the administrator's own price stands against the shipped table. */
export function PricesDialog({ model, onClose }: PricesDialogProps) {
  const text = useText()
  const { draft, change } = useDraft(draftOf(model))
  const path = `/admin/prices/${encodeURIComponent(model.id)}`
  const reset = useAction({
    run: () => call('DELETE', path),
    changes: ['models'],
    done: text(modelTexts.saved),
    onDone: onClose,
  })
  return (
    <FormDialog
      title={text(modelTexts.pricesTitle, { name: model.name })}
      description={text(modelTexts.pricesHint)}
      onClose={onClose}
      changes={['models']}
      done={text(modelTexts.saved)}
      run={() => call('PUT', path, { body: bodyOf(draft) })}
      {...(model.has_own_prices && {
        otherAction: (
          <Button isBusy={reset.isPending} onClick={() => reset.mutate()} className="mr-auto">
            {text(modelTexts.backToTable)}
          </Button>
        ),
      })}
    >
      <div className="grid grid-cols-2 gap-4">
        {priceKinds.map((kind) => (
          <TextField
            key={kind}
            name={kind}
            label={text(kindTexts[kind])}
            inputMode="decimal"
            required={kind === 'input' || kind === 'output'}
            autoFocus={kind === 'input'}
            value={draft[kind]}
            onType={(typed) => change({ [kind]: typed })}
          />
        ))}
        <TextField
          name="service_tiers"
          label={text(modelTexts.priceTiers)}
          hint={text(modelTexts.priceTiersHint)}
          fieldClassName="col-span-2"
          placeholder="flex = 0.5, priority = 2"
          value={draft.service_tiers}
          onType={(typed) => change({ service_tiers: typed })}
        />
      </div>
      <PriceHistory model={model} />
    </FormDialog>
  )
}

/** Empty kinds are left out; what is no number is refused by the server in its own words. */
function bodyOf({ service_tiers: tiers, ...kinds }: PriceDraft): object {
  const typed = Object.entries(kinds).map(([kind, price]) => [kind, price.trim()])
  const factors = tiers.trim() === '' ? {} : { service_tiers: readFactors(tiers) }
  return { ...Object.fromEntries(typed.filter(([, price]) => price !== '')), ...factors }
}

function PriceHistory({ model }: { readonly model: CatalogModel }) {
  const text = useText()
  const { data } = useQuery(pricedModelQuery(model.id))
  if (data === undefined) return null
  return (
    <>
      {model.prices !== null && (
        <p className="text-sm text-muted">{text(modelTexts.priceSource, { source: model.prices.source })}</p>
      )}
      {data.tiers.length > 1 && <Tiers tiers={data.tiers} />}
      {data.history.length > 0 && (
        <section className="flex flex-col gap-1.5">
          <h3 className="text-sm">{text(modelTexts.historyTitle)}</h3>
          <ol className="flex flex-col gap-1 text-sm text-muted">
            {data.history.toReversed().map(({ version, set_at: setAt, prices }) => (
              <li key={version} className="flex flex-wrap gap-x-3 tabular-nums">
                <span>{text(modelTexts.version, { version })}</span>
                <span>{formatDateTime(setAt)}</span>
                <span className="text-text">{prices === null ? text(modelTexts.historyTaken) : priceText(prices)}</span>
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  )
}

function Tiers({ tiers }: Pick<PricedModel, 'tiers'>) {
  const text = useText()
  return (
    <Table
      caption={text(modelTexts.prices)}
      rows={tiers}
      keyOf={(tier) => String(tier.above_input_tokens)}
      columns={[
        {
          id: 'above',
          header: text(modelTexts.context),
          cell: ({ above_input_tokens: count }) =>
            count === 0 ? text(modelTexts.tierBase) : text(modelTexts.tierFrom, { count: formatNumber(count) }),
        },
        {
          id: 'prices',
          header: text(modelTexts.priceHeader),
          isNumber: true,
          cell: ({ prices }) => priceText(prices),
        },
      ]}
    />
  )
}
