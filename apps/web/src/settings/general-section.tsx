import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { Monitor, Moon, Sun } from 'lucide-react'
import { useStore } from '../api/store.ts'
import { language, useText } from '../i18n/language.ts'
import { theme } from '../shell/theme.ts'
import { Choice, Setting } from './setting.tsx'

export function GeneralSection() {
  const text = useText()
  const currentTheme = useStore(theme)
  const currentLanguage = useStore(language)
  return (
    <>
      <Setting title={text(commonTexts.theme)} hint={text(settingsTexts.themeHint)} scope="browser">
        <Choice
          label={text(commonTexts.theme)}
          value={currentTheme}
          onChange={theme.set}
          options={[
            { value: 'light', label: text(commonTexts.themeLight), icon: <Sun aria-hidden /> },
            { value: 'dark', label: text(commonTexts.themeDark), icon: <Moon aria-hidden /> },
            { value: 'system', label: text(commonTexts.themeSystem), icon: <Monitor aria-hidden /> },
          ]}
        />
      </Setting>
      <Setting title={text(commonTexts.language)} hint={text(settingsTexts.languageHint)} scope="browser">
        <Choice
          label={text(commonTexts.language)}
          value={currentLanguage}
          onChange={language.set}
          options={[
            { value: 'en', label: 'English' },
            { value: 'zh', label: '中文' },
          ]}
        />
      </Setting>
    </>
  )
}
