import { accountTexts } from '@parley/contract/page-texts/console-accounts.ts'
import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { Link } from '@tanstack/react-router'
import { KeyRound, Plus } from 'lucide-react'
import { useText } from '../../i18n/language.ts'
import { buttonClasses } from '../../ui/button.tsx'

/** What to do on a server that has nothing but the simulator. */
export function FirstSteps() {
  const text = useText()
  return (
    <section className="flex flex-wrap items-center gap-x-6 gap-y-3 rounded-xl border bg-info-soft p-4">
      <div className="min-w-0 flex-1 basis-80">
        <h2 className="font-medium">{text(usageTexts.onlySimulator)}</h2>
        <p className="text-sm text-muted">{text(usageTexts.onlySimulatorHint)}</p>
      </div>
      <div className="flex flex-wrap gap-2">
        <Link to="/console/accounts" search={{ new: 1 }} className={buttonClasses('primary')}>
          <Plus aria-hidden className="size-4" />
          {text(accountTexts.add)}
        </Link>
        <Link to="/console/keys" className={buttonClasses('secondary')}>
          <KeyRound aria-hidden className="size-4" />
          {text(keyTexts.add)}
        </Link>
      </div>
    </section>
  )
}
