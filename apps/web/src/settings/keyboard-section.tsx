import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { RotateCcw } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useText } from '../i18n/language.ts'
import {
  bind,
  type ShortcutName,
  shortcutDefaults,
  shortcutOf,
  shortcutTexts,
  useBindings,
} from '../shell/shortcuts.ts'
import { Button } from '../ui/button.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { Keys } from '../ui/keys.tsx'

export function KeyboardSection() {
  const text = useText()
  const bindings = useBindings()
  const [asked, setAsked] = useState<ShortcutName>()
  const [problem, setProblem] = useState('')
  const names = Object.keys(shortcutDefaults) as ShortcutName[]

  useEffect(() => {
    if (asked === undefined) return undefined
    const onKeyDown = (event: KeyboardEvent) => {
      const shortcut = shortcutOf(event)
      if (shortcut === undefined) return
      event.preventDefault()
      event.stopPropagation()
      if (shortcut === 'Escape') return setAsked(undefined)
      const taken = names.find((name) => name !== asked && bindings[name] === shortcut)
      if (taken !== undefined) return setProblem(text(settingsTexts.keyTaken, { name: text(shortcutTexts[taken]) }))
      // A plain key would be lost for typing.
      if (!/Mod|Alt|Escape|^F\d/.test(shortcut)) return setProblem(text(settingsTexts.keyNeedsMod))
      bind(asked, shortcut === shortcutDefaults[asked] ? undefined : shortcut)
      setAsked(undefined)
      setProblem('')
    }
    addEventListener('keydown', onKeyDown, true)
    return () => removeEventListener('keydown', onKeyDown, true)
  }, [asked, bindings, names, text])

  return (
    <>
      <p className="text-muted">{text(settingsTexts.keyboardHint)}</p>
      <p role="alert" className="min-h-6 text-sm text-danger">
        {problem}
      </p>
      <ul>
        {names.map((name) => (
          <li key={name} data-setting={text(shortcutTexts[name])} className="flex min-h-12 items-center gap-2 border-b">
            <span className="flex-1">{text(shortcutTexts[name])}</span>
            {bindings[name] !== shortcutDefaults[name] && (
              <IconButton size="small" label={text(settingsTexts.resetKey)} onClick={() => bind(name, undefined)}>
                <RotateCcw aria-hidden className="size-4" />
              </IconButton>
            )}
            <Button
              size="small"
              aria-pressed={asked === name}
              onClick={() => {
                setProblem('')
                setAsked(asked === name ? undefined : name)
              }}
            >
              <span className="sr-only">{text(shortcutTexts[name])}:</span>
              {asked === name ? text(settingsTexts.pressKeys) : <Keys shortcut={bindings[name]} />}
            </Button>
          </li>
        ))}
      </ul>
    </>
  )
}
