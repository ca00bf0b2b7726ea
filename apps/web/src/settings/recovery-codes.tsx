import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { Download } from 'lucide-react'
import { useText } from '../i18n/language.ts'
import { Button } from '../ui/button.tsx'
import { CopyButton } from '../ui/copy.tsx'
import { saveFile } from '../ui/save-file.ts'
import { ShownOnce } from '../ui/shown-once.tsx'

export function RecoveryCodes({ codes, onClose }: { readonly codes: readonly string[]; readonly onClose: () => void }) {
  const text = useText()
  const lines = codes.join('\n')
  return (
    <ShownOnce
      onClose={onClose}
      title={text(settingsTexts.recoveryCodes)}
      description={text(settingsTexts.recoveryCodesHint)}
      doneLabel={text(settingsTexts.codesKept)}
      width="narrow"
    >
      <ol
        data-testid="recovery-codes"
        className="grid grid-cols-2 gap-x-6 gap-y-1 rounded-xl border bg-sunken p-4 font-mono text-sm max-sm:grid-cols-1"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div className="mt-3 flex gap-2">
        <CopyButton value={lines} variant="secondary" />
        <Button onClick={() => saveFile(new Blob([`${lines}\n`], { type: 'text/plain' }), 'parley-recovery-codes.txt')}>
          <Download aria-hidden className="size-4" />
          {text(settingsTexts.saveCodes)}
        </Button>
      </div>
    </ShownOnce>
  )
}
