import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Roster, type RosterMember } from './roster.ts'

interface Named extends RosterMember {
  readonly name: string
}

function filled(names: string): { roster: Roster<Named>; members: Named[] } {
  const roster = new Roster<Named>()
  const members = names.split('').map((name) => ({ name, place: undefined }))
  for (const member of members) roster.add(member)
  return { roster, members }
}

const namesOf = (roster: Roster<Named>) =>
  roster
    .list()
    .map(({ name }) => name)
    .toSorted()
    .join('')

test('whoever leaves, at the beginning, in the middle or at the end, the others stay', () => {
  for (const gone of [0, 1, 2, 3]) {
    const { roster, members } = filled('abcd')
    const member = members[gone] as Named
    assert.equal(roster.remove(member), true)
    assert.equal(roster.remove(member), false)
    assert.equal(namesOf(roster), 'abcd'.replace(member.name, ''))
    for (const each of roster.list()) assert.equal(roster.remove(each), true)
    assert.equal(roster.size, 0)
  }
})

test('all are visited, also when they leave during the visit', () => {
  const { roster } = filled('abcdef')
  const visited: string[] = []
  roster.forEach((member) => {
    visited.push(member.name)
    if (member.name !== 'c') roster.remove(member)
  })
  assert.equal(visited.toSorted().join(''), 'abcdef')
  assert.equal(namesOf(roster), 'c')
})
