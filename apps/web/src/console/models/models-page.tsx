import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { modelTexts } from '@parley/contract/page-texts/console-models.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { Boxes, Calculator, DollarSign, Ellipsis, Eye, EyeOff, Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { formatCompact } from '../../i18n/format.ts'
import { type Text, useText } from '../../i18n/language.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import type { CatalogModel } from '../api-types.ts'
import { ConsolePage } from '../console-page.tsx'
import { catalogQuery, useAction } from '../queries.ts'
import { SearchInput } from '../search-input.tsx'
import { useUrlFilter } from '../url-filter.ts'
import { ModelDialog, modelPath } from './model-dialog.tsx'
import { priceText } from './price-text.ts'
import { PricesDialog } from './prices-dialog.tsx'
import { RepriceDialog } from './reprice-dialog.tsx'

interface Opened {
  readonly what: 'edit' | 'prices' | 'remove'
  readonly model: CatalogModel
}

export function ModelsPage() {
  const text = useText()
  const [isAdding, setAdding] = useState(false)
  const [isRepricing, setRepricing] = useState(false)
  const [opened, setOpened] = useState<Opened>()
  const { values, change } = useUrlFilter(['q'])
  const { data, error, refetch } = useQuery(catalogQuery)
  const wanted = values.q.trim().toLowerCase()
  const shown = data?.filter((model) =>
    [model.id, model.name, model.provider].some((part) => part.toLowerCase().includes(wanted)),
  )
  const add = (
    <Button variant="primary" onClick={() => setAdding(true)}>
      <Plus aria-hidden className="size-4" />
      {text(modelTexts.add)}
    </Button>
  )
  return (
    <ConsolePage
      title={text(consoleTexts.models)}
      lead={text(modelTexts.lead)}
      actions={
        <>
          <Button onClick={() => setRepricing(true)}>
            <Calculator aria-hidden className="size-4" />
            {text(modelTexts.reprice)}
          </Button>
          {add}
        </>
      }
    >
      <SearchInput label={text(modelTexts.search)} value={values.q} onChange={(q) => change({ q })} />
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Table
          caption={text(consoleTexts.models)}
          columns={columnsOf(text, setOpened)}
          rows={shown}
          keyOf={(model) => model.id}
          isDimmed={(model) => !model.is_active}
          onOpen={(model) => setOpened({ what: 'prices', model })}
          empty={
            data?.length === 0 ? (
              <EmptyState
                icon={<Boxes />}
                title={text(modelTexts.emptyTitle)}
                hint={text(modelTexts.emptyHint)}
                action={add}
              />
            ) : (
              <EmptyState title={text(commonTexts.nothingFound)} hint={text(consoleTexts.nothingFoundHint)} />
            )
          }
        />
      )}
      {isRepricing && <RepriceDialog onClose={() => setRepricing(false)} />}
      {isAdding && <ModelDialog onClose={() => setAdding(false)} />}
      {opened !== undefined && <OpenedDialog {...opened} onClose={() => setOpened(undefined)} />}
    </ConsolePage>
  )
}

function OpenedDialog({ what, model, onClose }: Opened & { readonly onClose: () => void }) {
  const text = useText()
  const remove = useAction({
    run: () => call('DELETE', modelPath(model.id)),
    changes: ['models'],
    done: text(modelTexts.removed),
  })
  if (what === 'edit') return <ModelDialog model={model} onClose={onClose} />
  if (what === 'prices') return <PricesDialog model={model} onClose={onClose} />
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={text(modelTexts.removeTitle, { name: model.name })}
      description={text(modelTexts.removeHint)}
      confirmLabel={text(consoleTexts.remove)}
      onConfirm={() => remove.mutateAsync()}
    />
  )
}

function columnsOf(text: Text, open: (opened: Opened) => void): Column<CatalogModel>[] {
  return [
    {
      id: 'model',
      header: text(modelTexts.model),
      className: 'min-w-36',
      cell: (model) => (
        <>
          <button
            type="button"
            onClick={() => open({ what: 'prices', model })}
            className="font-medium text-text hover:underline"
          >
            {model.name}
          </button>
          <code className="block text-xs break-all text-muted">{model.id}</code>
        </>
      ),
    },
    { id: 'provider', header: text(modelTexts.provider), hideBelow: 'medium', cell: (model) => model.provider },
    {
      id: 'context',
      header: text(modelTexts.context),
      isNumber: true,
      hideBelow: 'medium',
      cell: (model) => (model.context_limit === null ? '–' : formatCompact(model.context_limit)),
    },
    {
      id: 'prices',
      header: text(modelTexts.priceHeader),
      isNumber: true,
      cell: (model) =>
        model.prices === null ? (
          <Badge tone="warning">{text(modelTexts.notPriced)}</Badge>
        ) : (
          <span className="inline-flex items-center gap-2">
            {model.has_own_prices && <Badge tone="accent">{text(modelTexts.ownPrice)}</Badge>}
            {priceText(model.prices)}
          </span>
        ),
    },
    {
      id: 'state',
      header: text(consoleTexts.state),
      hideBelow: 'medium',
      cell: (model) => (
        <Badge tone={model.is_active ? 'success' : 'neutral'}>
          {text(model.is_active ? modelTexts.active : modelTexts.inactive)}
        </Badge>
      ),
    },
    {
      id: 'actions',
      header: text(consoleTexts.actions),
      isAction: true,
      cell: (model) => <ModelMenu model={model} onOpen={(what) => open({ what, model })} />,
    },
  ]
}

interface ModelMenuProps {
  readonly model: CatalogModel
  readonly onOpen: (what: Opened['what']) => void
}

function ModelMenu({ model, onOpen }: ModelMenuProps) {
  const text = useText()
  const offer = useAction({
    run: (isActive: boolean) => call('PATCH', modelPath(model.id), { body: { is_active: isActive } }),
    changes: ['models'],
  })
  return (
    <Menu
      trigger={
        <IconButton label={`${text(consoleTexts.actions)}: ${model.name}`} size="small">
          <Ellipsis aria-hidden className="size-4" />
        </IconButton>
      }
    >
      <MenuItem icon={<DollarSign />} onSelect={() => onOpen('prices')}>
        {text(modelTexts.prices)}
      </MenuItem>
      <MenuItem icon={<Pencil />} onSelect={() => onOpen('edit')}>
        {text(commonTexts.edit)}
      </MenuItem>
      <MenuItem icon={model.is_active ? <EyeOff /> : <Eye />} onSelect={() => offer.mutate(!model.is_active)}>
        {text(model.is_active ? modelTexts.hide : modelTexts.offer)}
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Trash2 />} isDangerous onSelect={() => onOpen('remove')}>
        {text(consoleTexts.remove)}
      </MenuItem>
    </Menu>
  )
}
