import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { CircleAlert, CircleCheck, Info, X } from 'lucide-react'
import { Toast as Primitive } from 'radix-ui'
import { createStore, useStore } from '../api/store.ts'
import { errorText } from '../api/client.ts'
import { useText } from '../i18n/language.ts'
import { buttonClasses } from './button.tsx'
import { IconButton } from './icon-button.tsx'

interface ToastEntry {
  readonly id: number
  readonly tone: 'info' | 'success' | 'danger'
  readonly text: string
  readonly durationMs: number
  readonly action: { readonly label: string; readonly run: () => void } | undefined
}

const toasts = createStore<readonly ToastEntry[]>([])
let lastId = 0

export interface ToastOptions {
  readonly tone?: ToastEntry['tone']
  readonly durationMs?: number
  readonly action?: { readonly label: string; readonly run: () => void }
}

/** Shows a note for a while; what it returns takes it away at once. */
export function showToast(text: string, { tone = 'info', durationMs = 5000, action }: ToastOptions = {}): () => void {
  lastId += 1
  const id = lastId
  toasts.update((shown) => [...shown.slice(-3), { id, tone, text, durationMs, action }])
  return () => dismiss(id)
}

export function showError(error: unknown): void {
  showToast(errorText(error), { tone: 'danger', durationMs: 8000 })
}

function dismiss(id: number): void {
  toasts.update((shown) => shown.filter((toast) => toast.id !== id))
}

const icons = {
  info: <Info aria-hidden className="size-4.5 text-info" />,
  success: <CircleCheck aria-hidden className="size-4.5 text-success" />,
  danger: <CircleAlert aria-hidden className="size-4.5 text-danger" />,
}

/** Where toasts are shown, once in the page. */
export function Toasts() {
  const text = useText()
  const shown = useStore(toasts)
  return (
    <Primitive.Provider label={text(commonTexts.notifications)} swipeDirection="right">
      {shown.map((toast) => (
        <Primitive.Root
          key={toast.id}
          duration={toast.durationMs}
          type={toast.tone === 'danger' ? 'foreground' : 'background'}
          onOpenChange={(isOpen) => !isOpen && dismiss(toast.id)}
          className="pointer-events-auto flex animate-rise items-center gap-3 rounded-xl border bg-surface py-2 pr-2 pl-3.5 shadow-floating"
        >
          {icons[toast.tone]}
          <Primitive.Description className="min-w-0 flex-1 py-1 break-words">{toast.text}</Primitive.Description>
          {toast.action !== undefined && (
            <Primitive.Action
              altText={toast.action.label}
              onClick={toast.action.run}
              className={buttonClasses('ghost', 'small')}
            >
              {toast.action.label}
            </Primitive.Action>
          )}
          <Primitive.Close asChild>
            <IconButton size="small" label={text(commonTexts.close)}>
              <X aria-hidden className="size-4" />
            </IconButton>
          </Primitive.Close>
        </Primitive.Root>
      ))}
      <Primitive.Viewport className="pointer-events-none fixed right-4 bottom-4 z-60 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 outline-none" />
    </Primitive.Provider>
  )
}
