import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { shellTexts } from '@parley/contract/page-texts/shell.ts'
import { useQuery } from '@tanstack/react-query'
import { appInfoQuery } from '../api/queries.ts'
import { useText } from '../i18n/language.ts'
import { Brand } from '../shell/brand.tsx'
import { buttonClasses } from '../ui/button.tsx'

export function AboutSection() {
  const text = useText()
  const { data: app } = useQuery(appInfoQuery)
  return (
    <div className="flex flex-col items-start gap-3 pt-4">
      <span className="text-2xl">
        <Brand />
      </span>
      <p className="text-muted">{text(settingsTexts.aboutHint)}</p>
      <p data-setting={text(settingsTexts.version)}>
        {text(settingsTexts.version)} {app?.version}
      </p>
      <a href="/docs" target="_blank" rel="noopener" className={buttonClasses('secondary')}>
        {text(shellTexts.apiDocs)}
      </a>
    </div>
  )
}
