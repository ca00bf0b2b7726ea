/** The keyboard map: what each key does, and what the person has bound otherwise. Their choice wins over every default. */
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import type { Message } from '@parley/contract'
import { useEffect, useRef } from 'react'
import { createStoredStore, useStore } from '../api/store.ts'

export const shortcutDefaults = {
  newChat: 'Mod+Shift+O',
  palette: 'Mod+K',
  focusComposer: 'Shift+Escape',
  previousMessage: 'Alt+ArrowUp',
  nextMessage: 'Alt+ArrowDown',
  stop: 'Mod+Shift+X',
  modelPicker: 'Mod+Shift+M',
  sidebar: 'Mod+Shift+S',
  copyReply: 'Mod+Shift+C',
  copyCode: 'Mod+Shift+;',
  regenerate: 'Mod+Shift+E',
  deleteChat: 'Mod+Shift+Backspace',
  settings: 'Mod+.',
  keyboard: 'Mod+/',
} as const
export type ShortcutName = keyof typeof shortcutDefaults

export const shortcutTexts: Record<ShortcutName, Message> = {
  newChat: settingsTexts.keyNewChat,
  palette: settingsTexts.keyPalette,
  focusComposer: settingsTexts.keyFocus,
  previousMessage: settingsTexts.keyPreviousMessage,
  nextMessage: settingsTexts.keyNextMessage,
  stop: settingsTexts.keyStop,
  modelPicker: settingsTexts.keyModel,
  sidebar: settingsTexts.keySidebar,
  copyReply: settingsTexts.keyCopyReply,
  copyCode: settingsTexts.keyCopyCode,
  regenerate: settingsTexts.keyRegenerate,
  deleteChat: settingsTexts.keyDelete,
  settings: settingsTexts.keySettings,
  keyboard: settingsTexts.keyKeyboard,
}

type Bindings = Readonly<Record<ShortcutName, string>>

const changed = createStoredStore<Partial<Bindings>>('parley.shortcuts', (stored) =>
  typeof stored === 'object' && stored !== null ? (stored as Partial<Bindings>) : {},
)

export function useBindings(): Bindings {
  return { ...shortcutDefaults, ...useStore(changed) }
}

export function bind(name: ShortcutName, shortcut: string | undefined): void {
  const others = Object.fromEntries(Object.entries(changed.get()).filter(([known]) => known !== name))
  changed.set(shortcut === undefined ? others : { ...others, [name]: shortcut })
}

/** `Mod+Shift+K`, as the map writes it; undefined for a key that is only held. */
export function shortcutOf(event: KeyboardEvent): string | undefined {
  if (['Control', 'Meta', 'Shift', 'Alt'].includes(event.key)) return undefined
  const key =
    event.key.length === 1 ? (event.code.startsWith('Key') ? event.code.slice(3) : unshifted(event)) : event.key
  return [
    ...(event.ctrlKey || event.metaKey ? ['Mod'] : []),
    ...(event.shiftKey ? ['Shift'] : []),
    ...(event.altKey ? ['Alt'] : []),
    key,
  ].join('+')
}

const codes: Record<string, string> = { Semicolon: ';', Comma: ',', Period: '.', Slash: '/' }
function unshifted(event: KeyboardEvent): string {
  return codes[event.code] ?? (event.code.startsWith('Digit') ? event.code.slice(5) : event.key.toUpperCase())
}

/** Off while a dialog or a menu is open, which has keys of its own. */
export function useShortcuts(handlers: { readonly [name in ShortcutName]?: (() => void) | undefined }): void {
  const bindings = useBindings()
  const current = useRef({ handlers, bindings })
  current.current = { handlers, bindings }
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const shortcut = shortcutOf(event)
      if (shortcut === undefined || event.isComposing || event.defaultPrevented) return
      if (document.querySelector('[role="dialog"], [role="menu"]') !== null) return
      const bound = current.current
      const name = (Object.keys(bound.handlers) as ShortcutName[]).find((known) => bound.bindings[known] === shortcut)
      const handler = name === undefined ? undefined : bound.handlers[name]
      if (handler === undefined) return
      event.preventDefault()
      handler()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])
}
