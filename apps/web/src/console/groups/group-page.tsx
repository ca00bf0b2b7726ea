import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { groupTexts } from '@parley/contract/page-texts/console-groups.ts'
import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { limitTexts, usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { Pencil, Trash2, UsersRound } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { formatCost, formatNumber } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Avatar } from '../../shell/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Table } from '../../ui/table.tsx'
import type { UserGroup } from '../api-types.ts'
import { ConsolePage, Facts, Section } from '../console-page.tsx'
import { ChargeField } from '../limits/charge-field.tsx'
import { SubjectLimits } from '../limits/subject-limits.tsx'
import { LoadedPage } from '../loaded-page.tsx'
import { peopleQuery, useAction, userGroupQuery } from '../queries.ts'
import { SubjectUsage } from '../usage/subject-usage.tsx'
import { GroupDialog } from './group-dialog.tsx'
import { modelsText } from './group-texts.ts'

const list = '/console/groups'

export function GroupPage() {
  const text = useText()
  const { groupId = '' } = useParams({ strict: false })
  return (
    <LoadedPage
      query={userGroupQuery(groupId)}
      parent={{ to: list, label: text(groupTexts.title) }}
      page={(group) => <OneGroup group={group} />}
    />
  )
}

function OneGroup({ group }: { readonly group: UserGroup }) {
  const text = useText()
  const navigate = useNavigate()
  const [open, setOpen] = useState<'edit' | 'remove'>()
  const remove = useAction({
    run: () => call('DELETE', `/admin/user-groups/${group.id}`),
    changes: ['groups', 'people', 'limits'],
    done: text(groupTexts.removed),
    onDone: () => navigate({ to: list }),
  })
  const close = () => setOpen(undefined)
  return (
    <ConsolePage
      title={group.name}
      parent={{ to: list, label: text(groupTexts.title) }}
      lead={group.description}
      actions={
        <>
          <Button onClick={() => setOpen('remove')}>
            <Trash2 aria-hidden className="size-4" />
            {text(commonTexts.delete)}
          </Button>
          <Button onClick={() => setOpen('edit')}>
            <Pencil aria-hidden className="size-4" />
            {text(commonTexts.edit)}
          </Button>
        </>
      }
    >
      <Facts
        facts={[
          [text(groupTexts.models), modelsText(group, text)],
          [
            text(groupTexts.quota),
            group.token_quota === null ? text(groupTexts.quotaKept) : formatNumber(group.token_quota),
          ],
        ]}
      />
      <SubjectLimits subject={{ kind: 'group', id: group.id }} emptyHint={text(groupTexts.noLimitsHint)} />
      <Section title={text(limitTexts.charging)}>
        <ChargeField kind="group" id={group.id} />
      </Section>
      <Members groupId={group.id} />
      <Section title={text(keyTexts.usageTitle)}>
        <SubjectUsage by="group" subject={group.id} />
      </Section>
      {open === 'edit' && <GroupDialog group={group} onClose={close} />}
      {open === 'remove' && (
        <Confirm
          isOpen
          onClose={close}
          title={text(groupTexts.removeTitle, { name: group.name })}
          description={text(groupTexts.removeHint, { count: group.members })}
          confirmLabel={text(commonTexts.delete)}
          onConfirm={() => remove.mutateAsync()}
        />
      )}
    </ConsolePage>
  )
}

function Members({ groupId }: { readonly groupId: string }) {
  const text = useText()
  const { data } = useQuery(peopleQuery({ group_id: groupId }))
  return (
    <Section title={text(groupTexts.members)}>
      <Table
        caption={text(groupTexts.members)}
        columns={[
          {
            id: 'member',
            header: text(commonTexts.name),
            cell: (person) => (
              <div className="flex items-center gap-3">
                <Avatar name={person.nickname ?? person.username} seed={person.id} />
                <Link
                  to="/console/users/$userId"
                  params={{ userId: person.id }}
                  className="font-medium text-text hover:underline"
                >
                  {person.nickname ?? person.username}
                </Link>
              </div>
            ),
          },
          { id: 'email', header: text(commonTexts.email), cell: (person) => person.email },
          {
            id: 'cost',
            header: text(usageTexts.monthCost),
            isNumber: true,
            hideBelow: 'medium',
            cell: (person) => formatCost(person.month_cost_usd),
          },
        ]}
        rows={data?.items}
        keyOf={(person) => person.id}
        empty={
          <EmptyState
            icon={<UsersRound />}
            title={text(groupTexts.membersEmpty)}
            hint={text(groupTexts.membersEmptyHint)}
          />
        }
      />
    </Section>
  )
}
