import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { Link } from '@tanstack/react-router'
import { Compass, TriangleAlert } from 'lucide-react'
import { useText } from '../i18n/language.ts'
import { Button, buttonClasses } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'

export function NotFound() {
  const text = useText()
  return (
    <main className="grid h-full place-items-center">
      <EmptyState
        icon={<Compass />}
        title={text(commonTexts.notFound)}
        hint={text(commonTexts.notFoundHint)}
        action={
          <Link to="/" className={buttonClasses('primary')}>
            {text(commonTexts.toStart)}
          </Link>
        }
      />
    </main>
  )
}

export function PageCrashed({ error }: { readonly error: unknown }) {
  const text = useText()
  return (
    <main role="alert" className="grid h-full place-items-center overflow-auto">
      <EmptyState
        icon={<TriangleAlert />}
        title={text(commonTexts.crashed)}
        hint={
          <>
            {text(commonTexts.crashedHint)}
            <code className="mt-3 block text-xs break-words opacity-80">
              {error instanceof Error ? error.message : String(error)}
            </code>
          </>
        }
        action={
          <div className="flex flex-wrap justify-center gap-2">
            <a href="/" className={buttonClasses()}>
              {text(commonTexts.toStart)}
            </a>
            <Button variant="primary" onClick={() => location.reload()}>
              {text(commonTexts.reload)}
            </Button>
          </div>
        }
      />
    </main>
  )
}
