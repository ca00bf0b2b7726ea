import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { Gauge } from 'lucide-react'
import { useText } from '../i18n/language.ts'
import { EmptyState } from '../ui/empty-state.tsx'

export function StartPage() {
  const text = useText()
  return (
    <main>
      <EmptyState icon={<Gauge />} title={text(commonTexts.console)} />
    </main>
  )
}
