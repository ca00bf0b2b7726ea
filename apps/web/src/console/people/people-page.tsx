import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { invitationTexts, peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Link, UserPlus, Users } from 'lucide-react'
import { useState } from 'react'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Pager } from '../../ui/pager.tsx'
import { Table } from '../../ui/table.tsx'
import type { Person } from '../api-types.ts'
import { ConsolePage } from '../console-page.tsx'
import { useNames } from '../names.ts'
import { peopleQuery } from '../queries.ts'
import { useUrlFilter } from '../url-filter.ts'
import { InvitationDialog, OpenInvitations } from './invitations.tsx'
import { PasswordNotices } from './notices.tsx'
import { peopleColumns, type Sorting } from './people-columns.tsx'
import { PeopleFilters, WaitingPeople } from './people-filters.tsx'
import { PersonCreator, PersonEditor } from './person-dialogs.tsx'

export function PeoplePage() {
  const text = useText()
  const navigate = useNavigate()
  const names = useNames()
  const [isAdding, setAdding] = useState(false)
  const [isInviting, setInviting] = useState(false)
  const [edited, setEdited] = useState<Person>()
  const { values, change } = useUrlFilter(['q', 'role', 'status', 'group_id', 'sort', 'order', 'page'])
  const filter = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''))
  const { data, error, refetch } = useQuery(peopleQuery(filter))
  const sorting: Sorting = {
    by: values.sort || 'created',
    direction: values.order === 'asc' || (values.order === '' && values.sort === 'name') ? 'asc' : 'desc',
    onChange: (sort, order) => change({ sort, order, page: '' }),
  }
  return (
    <ConsolePage
      title={text(consoleTexts.users)}
      lead={text(peopleTexts.lead)}
      actions={
        <>
          <Button onClick={() => setInviting(true)}>
            <Link aria-hidden className="size-4" />
            {text(invitationTexts.invite)}
          </Button>
          <Button variant="primary" onClick={() => setAdding(true)}>
            <UserPlus aria-hidden className="size-4" />
            {text(peopleTexts.add)}
          </Button>
        </>
      }
    >
      <PasswordNotices />
      {values.status !== 'pending' && <WaitingPeople onShow={() => change({ status: 'pending', page: '' })} />}
      <OpenInvitations />
      <PeopleFilters values={values} onChange={(changes) => change({ ...changes, page: '' })} />
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Table
          caption={text(consoleTexts.users)}
          columns={peopleColumns({ text, names, sorting, edit: setEdited })}
          rows={data?.items}
          keyOf={(person) => person.id}
          isDimmed={(person) => !person.is_active}
          onOpen={({ id }) => void navigate({ to: '/console/users/$userId', params: { userId: id } })}
          empty={
            <EmptyState
              icon={<Users />}
              title={text(commonTexts.nothingFound)}
              hint={text(consoleTexts.nothingFoundHint)}
            />
          }
        />
      )}
      {data !== undefined && <Pager {...data.pagination} onChange={(page) => change({ page: String(page) })} />}
      {isInviting && <InvitationDialog onClose={() => setInviting(false)} />}
      {isAdding && <PersonCreator onClose={() => setAdding(false)} />}
      {edited !== undefined && <PersonEditor person={edited} onClose={() => setEdited(undefined)} />}
    </ConsolePage>
  )
}
