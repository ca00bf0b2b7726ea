import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { Link, type LinkProps } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { type ReactNode, useEffect } from 'react'
import { useText } from '../i18n/language.ts'
import { SidebarToggle } from '../shell/side-layout.tsx'
import { Badge } from '../ui/badge.tsx'
import { classes } from '../ui/classes.ts'

export interface ConsolePageProps {
  readonly title: string
  /** One sentence on what this page is for. */
  readonly lead?: ReactNode
  /** At the right of the title. */
  readonly actions?: ReactNode
  /** The list that this is one of. */
  readonly parent?: { readonly to: NonNullable<LinkProps['to']>; readonly label: string }
  readonly width?: 'normal' | 'narrow'
  readonly children: ReactNode
}

/** The frame of every page of the console: its title is the document's, and the page's only h1. */
export function ConsolePage({ title, lead, actions, parent, width = 'normal', children }: ConsolePageProps) {
  const text = useText()
  useEffect(() => {
    const before = document.title
    document.title = `${title} · ${text(consoleTexts.navigation)} · Parley`
    return () => {
      document.title = before
    }
  }, [title, text])
  return (
    <main className="min-h-0 flex-1 overflow-y-auto">
      <div
        className={classes(
          'mx-auto flex max-w-6xl flex-col gap-5 px-4 pt-4 pb-16 sm:px-6',
          width === 'narrow' && '[&>*]:max-w-3xl',
        )}
      >
        <header className="flex flex-wrap items-start gap-x-4 gap-y-2">
          <div className="flex min-w-0 flex-1 basis-64 items-start gap-1">
            <div className="-ml-2 empty:hidden">
              <SidebarToggle isOpener />
            </div>
            <div className="min-w-0">
              {parent !== undefined && (
                <Link
                  to={parent.to}
                  className="-ml-1 inline-flex items-center gap-0.5 rounded text-sm text-muted hover:text-text coarse:py-2"
                >
                  <ChevronLeft aria-hidden className="size-4" />
                  {parent.label}
                </Link>
              )}
              <h1 className="text-xl leading-9 break-words">{title}</h1>
              {lead !== undefined && <p className="max-w-2xl text-muted">{lead}</p>}
            </div>
          </div>
          {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </header>
        {children}
      </div>
    </main>
  )
}

export function Section({
  title,
  actions,
  children,
}: {
  readonly title: string
  readonly actions?: ReactNode
  readonly children: ReactNode
}) {
  return (
    <section className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="text-base">{title}</h2>
        {actions}
      </div>
      {children}
    </section>
  )
}

/** A name and what it is. Without a value it is left out. */
export type Fact = readonly [name: string, value: ReactNode]

export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== '')
  return (
    <dl className="grid grid-cols-1 gap-x-10 rounded-xl border bg-surface px-4 py-1.5 text-sm md:grid-cols-2">
      {known.map(([name, value]) => (
        <div key={name} className="flex min-h-10 min-w-0 items-center justify-between gap-4 py-1.5">
          <dt className="shrink-0 text-muted">{name}</dt>
          <dd className="min-w-0 text-right break-words">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

export function TagList({ tags }: { readonly tags: readonly string[] }) {
  return (
    <span className="inline-flex flex-wrap justify-end gap-1">
      {tags.map((tag) => (
        <Badge key={tag}>{tag}</Badge>
      ))}
    </span>
  )
}
