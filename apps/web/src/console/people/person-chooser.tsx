import { useQuery } from '@tanstack/react-query'
import { Chooser, type ChooserProps } from '../../ui/chooser.tsx'
import type { Person } from '../api-types.ts'
import { everybodyQuery } from '../queries.ts'

export interface PersonChooserProps extends Omit<ChooserProps, 'choices'> {
  /** Only these. */
  readonly isChoosable?: (person: Person) => boolean
}

export function PersonChooser({ isChoosable = () => true, ...props }: PersonChooserProps) {
  const { data: people = [] } = useQuery(everybodyQuery)
  const choices = people
    .filter(isChoosable)
    .map(({ id, nickname, username, email }) => ({ id, name: nickname ?? username, note: email }))
  return <Chooser {...props} choices={choices} />
}
