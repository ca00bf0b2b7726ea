import { createStore, createStoredStore, useStore } from '../api/store.ts'

export type Theme = 'light' | 'dark' | 'system'

const systemIsDark = matchMedia('(prefers-color-scheme: dark)')

export const nextTheme: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' }

export const theme = createStoredStore<Theme>('parley.theme', (stored) =>
  stored === 'light' || stored === 'dark' ? stored : 'system',
)

const drawnDark = createStore(false)

/** What is drawn now, the system's wish followed. */
export function isDark(): boolean {
  return drawnDark.get()
}

/** Draws again when that changes. */
export function useIsDark(): boolean {
  return useStore(drawnDark)
}

function apply(): void {
  drawnDark.set(theme.get() === 'dark' || (theme.get() === 'system' && systemIsDark.matches))
  document.documentElement.dataset['theme'] = isDark() ? 'dark' : 'light'
  document.querySelector('meta[name=theme-color]')?.setAttribute('content', isDark() ? '#171b1b' : '#fbfbfb')
}

theme.subscribe(apply)
systemIsDark.addEventListener('change', apply)
apply()
