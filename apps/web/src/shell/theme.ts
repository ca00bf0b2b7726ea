import { createStoredStore } from '../api/store.ts'

export type Theme = 'light' | 'dark' | 'system'

const systemIsDark = matchMedia('(prefers-color-scheme: dark)')

export const theme = createStoredStore<Theme>('parley.theme', (stored) =>
  stored === 'light' || stored === 'dark' ? stored : 'system',
)

/** What is drawn now, the system's wish followed. */
export function isDark(): boolean {
  return theme.get() === 'dark' || (theme.get() === 'system' && systemIsDark.matches)
}

function apply(): void {
  document.documentElement.dataset['theme'] = isDark() ? 'dark' : 'light'
  document.querySelector('meta[name=theme-color]')?.setAttribute('content', isDark() ? '#171b1b' : '#fbfbfb')
}

theme.subscribe(apply)
systemIsDark.addEventListener('change', apply)
apply()
