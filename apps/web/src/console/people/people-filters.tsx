import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { useQuery } from '@tanstack/react-query'
import { UserRoundCheck } from 'lucide-react'
import { type Message, useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Select } from '../../ui/field.tsx'
import { peopleQuery, userGroupsQuery } from '../queries.ts'
import { FilterBar } from '../filter-bar.tsx'
import { SearchInput } from '../search-input.tsx'

type FilterName = 'q' | 'role' | 'status' | 'group_id'

export interface PeopleFiltersProps {
  readonly values: Readonly<Record<FilterName, string>>
  readonly onChange: (changes: Partial<Record<FilterName, string>>) => void
}

const roles: readonly (readonly [string, Message])[] = [
  ['', peopleTexts.anyRole],
  ['admin', commonTexts.administrator],
  ['user', commonTexts.user],
]
const statuses: readonly (readonly [string, Message])[] = [
  ['', peopleTexts.anyStatus],
  ['active', peopleTexts.statusActive],
  ['pending', peopleTexts.statusPending],
  ['blocked', peopleTexts.blocked],
]

export function PeopleFilters({ values, onChange }: PeopleFiltersProps) {
  const text = useText()
  const { data: groups = [] } = useQuery(userGroupsQuery)
  const words = (choices: readonly (readonly [string, Message])[]) =>
    choices.map(([value, label]) => [value, text(label)] as const)
  return (
    <FilterBar>
      <SearchInput label={text(peopleTexts.search)} value={values.q} onChange={(q) => onChange({ q })} />
      <Choice
        label={text(peopleTexts.role)}
        value={values.role}
        choices={words(roles)}
        onChange={(role) => onChange({ role })}
      />
      <Choice
        label={text(peopleTexts.status)}
        value={values.status}
        choices={words(statuses)}
        onChange={(status) => onChange({ status })}
      />
      {groups.length > 0 && (
        <Choice
          label={text(peopleTexts.group)}
          value={values.group_id}
          choices={[['', text(peopleTexts.anyGroup)], ...groups.map(({ id, name }) => [id, name] as const)]}
          onChange={(group) => onChange({ group_id: group })}
        />
      )}
    </FilterBar>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly value: string
  readonly choices: readonly (readonly [string, string])[]
  readonly onChange: (value: string) => void
}

function Choice({ label, value, choices, onChange }: ChoiceProps) {
  return (
    <Select
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="max-w-40 sm:w-auto"
    >
      {choices.map(([choice, name]) => (
        <option key={choice} value={choice}>
          {name}
        </option>
      ))}
    </Select>
  )
}

/** Who has registered and is to be let in. */
export function WaitingPeople({ onShow }: { readonly onShow: () => void }) {
  const text = useText()
  const { data } = useQuery(peopleQuery({ status: 'pending' }))
  const count = data?.pagination.total ?? 0
  if (count === 0) return null
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-xl bg-warning-soft py-2 pr-2 pl-4 text-warning"
    >
      <UserRoundCheck aria-hidden className="size-4.5 shrink-0" />
      <span className="min-w-40 flex-1">{text(peopleTexts.waiting, { count })}</span>
      <Button size="small" onClick={onShow}>
        {text(peopleTexts.showWaiting)}
      </Button>
    </div>
  )
}
