import { authTexts } from '@parley/contract/page-texts/auth.ts'
import { shellTexts } from '@parley/contract/page-texts/shell.ts'
import { Monitor, Moon, Sun } from 'lucide-react'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import type { ReactNode } from 'react'
import { useStore } from '../api/store.ts'
import { language, useText } from '../i18n/language.ts'
import { Banner } from '../shell/banner.tsx'
import { Brand } from '../shell/brand.tsx'
import { nextTheme, theme } from '../shell/theme.ts'
import { Button } from '../ui/button.tsx'
import { IconButton } from '../ui/icon-button.tsx'

const icons = { system: Monitor, light: Sun, dark: Moon }

/** What somebody who is not signed in sees: what this is, and one card. */
export function AuthLayout({
  title,
  lead,
  children,
}: {
  readonly title: string
  readonly lead?: ReactNode
  readonly children?: ReactNode
}) {
  const text = useText()
  const current = useStore(theme)
  const Icon = icons[current]
  return (
    <div className="flex h-full flex-col overflow-y-auto">
      <Banner />
      <header className="flex items-center gap-1 px-5 py-3">
        <Brand />
        <span className="flex-1" />
        <IconButton label={text(commonTexts.theme)} side="bottom" onClick={() => theme.set(nextTheme[current])}>
          <Icon aria-hidden className="size-4.5" />
        </IconButton>
        <Button variant="ghost" onClick={() => language.update((now) => (now === 'zh' ? 'en' : 'zh'))}>
          {text(shellTexts.otherLanguage)}
        </Button>
      </header>
      <main className="mx-auto flex w-full max-w-5xl flex-1 flex-col items-center justify-center gap-x-20 gap-y-10 px-5 pt-4 pb-16 md:flex-row">
        <section className="max-w-md text-center md:flex-1 md:text-left">
          <p className="text-3xl leading-tight font-semibold tracking-tight text-balance md:text-5xl">
            {text(authTexts.headline)}
          </p>
          <p className="mt-4 text-muted md:text-lg">{text(authTexts.lead)}</p>
        </section>
        <section
          aria-labelledby="card-title"
          className="w-full max-w-sm rounded-2xl border bg-surface p-6 shadow-floating"
        >
          <h1 id="card-title" className="text-xl">
            {title}
          </h1>
          {lead !== undefined && <p className="mt-1 text-muted">{lead}</p>}
          {children !== undefined && <div className="mt-5">{children}</div>}
        </section>
      </main>
    </div>
  )
}
