import { useQuery } from '@tanstack/react-query'
import { Chooser, type ChooserProps } from '../../ui/chooser.tsx'
import { allKeysQuery } from '../queries.ts'

export function KeyChooser(props: Omit<ChooserProps, 'choices'>) {
  const { data: keys = [] } = useQuery(allKeysQuery)
  return <Chooser {...props} choices={keys} />
}
