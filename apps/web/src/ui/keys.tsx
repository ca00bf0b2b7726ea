const isApple = /Mac|iPhone|iPad/.test(navigator.platform)
const appleNames: Record<string, string> = { Mod: '⌘', Shift: '⇧', Alt: '⌥', Enter: '↵', Escape: 'Esc', Backspace: '⌫' }
const otherNames: Record<string, string> = { Mod: 'Ctrl', Escape: 'Esc' }

/** A shortcut as this machine's keyboard says it. */
export function keyNames(shortcut: string): string[] {
  const names = isApple ? appleNames : otherNames
  return shortcut.split('+').map((key) => names[key] ?? key)
}

/** `Mod+Shift+K` in the spelling of `aria-keyshortcuts`. */
export function ariaShortcut(shortcut: string | undefined): string | undefined {
  return shortcut?.replace('Mod', isApple ? 'Meta' : 'Control')
}

export function Keys({ shortcut }: { readonly shortcut: string }) {
  return (
    <kbd className="inline-flex gap-0.5 font-sans text-[11px]">
      {keyNames(shortcut).map((name) => (
        <span key={name} className="min-w-4 rounded border border-current/35 px-1 text-center leading-4">
          {name}
        </span>
      ))}
    </kbd>
  )
}
