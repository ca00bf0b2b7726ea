import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { useMutation } from '@tanstack/react-query'
import { FileDown, FileUp, Trash2 } from 'lucide-react'
import { useRef, useState } from 'react'
import { call, open } from '../api/client.ts'
import { queryClient } from '../api/queries.ts'
import { reloadLists } from '../chat/data/queries.ts'
import { formatNumber } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { saveFile } from '../ui/save-file.ts'
import { Spinner } from '../ui/spinner.tsx'
import { showError, showToast } from '../ui/toast.tsx'
import { StoredFiles } from './stored-files.tsx'

interface ImportReport {
  readonly dry_run: boolean
  readonly found: number
  readonly imported: number
  readonly messages: number
  readonly duplicates: number
  readonly skipped: number
  readonly problems: readonly { readonly title: string; readonly reason: string }[]
  readonly is_complete: boolean
}

export function DataSection() {
  return (
    <div className="flex flex-col gap-4 pt-2">
      <Import />
      <Export />
      <StoredFiles />
      <DeleteAll />
    </div>
  )
}

function Export() {
  const text = useText()
  const [isBusy, setBusy] = useState(false)
  const download = async () => {
    setBusy(true)
    try {
      const response = await open('GET', '/api/conversations/export')
      saveFile(await response.blob(), 'conversations.json')
    } catch (error) {
      showError(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <section aria-labelledby="export-title" className="rounded-2xl border p-6">
      <h2 id="export-title" data-setting={text(settingsTexts.exportTitle)}>
        {text(settingsTexts.exportTitle)}
      </h2>
      <p className="mt-1 mb-4 text-muted">{text(settingsTexts.exportHint)}</p>
      <Button isBusy={isBusy} onClick={() => void download()}>
        <FileDown aria-hidden className="size-4" />
        {text(settingsTexts.exportNow)}
      </Button>
    </section>
  )
}

function DeleteAll() {
  const text = useText()
  const [isAsked, setAsked] = useState(false)
  const remove = useMutation({
    mutationFn: () => call<{ deleted: number }>('DELETE', '/api/conversations'),
    onSuccess: async ({ deleted }) => {
      queryClient.removeQueries({ queryKey: ['conversation'] })
      await reloadLists()
      showToast(text(settingsTexts.allDeleted, { count: formatNumber(deleted) }), { tone: 'success' })
    },
    onError: showError,
  })
  return (
    <section aria-labelledby="delete-all-title" className="rounded-2xl border p-6">
      <h2 id="delete-all-title" data-setting={text(settingsTexts.deleteAllTitle)}>
        {text(settingsTexts.deleteAllTitle)}
      </h2>
      <p className="mt-1 mb-4 text-muted">{text(settingsTexts.deleteAllHint)}</p>
      <Button variant="danger" onClick={() => setAsked(true)}>
        <Trash2 aria-hidden className="size-4" />
        {text(settingsTexts.deleteAllTitle)}
      </Button>
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={text(settingsTexts.deleteAllTitle)}
        description={text(settingsTexts.deleteAllSure)}
        confirmLabel={text(commonTexts.delete)}
        onConfirm={() => remove.mutateAsync()}
      />
    </section>
  )
}

/** Bringing conversations in: first a look at what would happen, then the same for good. */
function Import() {
  const text = useText()
  const picker = useRef<HTMLInputElement>(null)
  const [file, setFile] = useState<File>()
  const [report, setReport] = useState<ImportReport>()
  const [isBusy, setBusy] = useState(false)
  const read = async (chosen: File, isDryRun: boolean) => {
    setBusy(true)
    try {
      setReport(await call<ImportReport>('POST', `/api/conversations/import?dry_run=${isDryRun}`, { file: chosen }))
      if (!isDryRun) await reloadLists()
    } catch (error) {
      setFile(undefined)
      showError(error)
    } finally {
      setBusy(false)
    }
  }
  const choose = (chosen: File | undefined) => {
    if (chosen === undefined) return
    setFile(chosen)
    setReport(undefined)
    void read(chosen, true)
  }
  return (
    <section
      aria-labelledby="import-title"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault()
        choose(event.dataTransfer.files[0])
      }}
      className="rounded-2xl border border-dashed p-6"
    >
      <h2 id="import-title" data-setting={text(settingsTexts.importTitle)}>
        {text(settingsTexts.importTitle)}
      </h2>
      <p className="mt-1 mb-4 text-muted">{text(settingsTexts.importHint)}</p>
      <input
        ref={picker}
        type="file"
        accept=".json,application/json"
        aria-label={text(settingsTexts.chooseFile)}
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => {
          choose(event.target.files?.[0])
          event.target.value = ''
        }}
      />
      <Button onClick={() => picker.current?.click()} disabled={isBusy}>
        <FileUp aria-hidden className="size-4" />
        {file?.name ?? text(settingsTexts.chooseFile)}
      </Button>
      <div role="status">
        {isBusy && report === undefined && (
          <p className="mt-4 flex items-center gap-2 text-muted">
            <Spinner /> {text(settingsTexts.reading)}
          </p>
        )}
        {report !== undefined && <Report report={report} />}
      </div>
      {file !== undefined && report?.dry_run === true && report.imported > 0 && (
        <Button variant="primary" className="mt-4" isBusy={isBusy} onClick={() => void read(file, false)}>
          {text(settingsTexts.importNow)}
        </Button>
      )}
    </section>
  )
}

function Report({ report }: { readonly report: ImportReport }) {
  const text = useText()
  const count = formatNumber(report.messages)
  const rows = [
    [text(settingsTexts.found), report.found],
    [text(report.dry_run ? settingsTexts.toImport : settingsTexts.imported, { count }), report.imported],
    [text(settingsTexts.duplicates), report.duplicates],
    [text(settingsTexts.skipped), report.skipped],
  ] as const
  return (
    <>
      <dl className="mt-4 grid max-w-md grid-cols-[1fr_auto] gap-y-1.5">
        {rows.map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-muted">{label}</dt>
            <dd className="text-right tabular-nums">{formatNumber(value)}</dd>
          </div>
        ))}
      </dl>
      {!report.is_complete && <p className="mt-3 text-warning">{text(settingsTexts.brokenOff)}</p>}
      {report.problems.length > 0 && (
        <ul className="mt-3 max-h-48 overflow-y-auto rounded-xl bg-sunken p-3 text-sm">
          {report.problems.map(({ title, reason }, index) => (
            <li key={`${index}`}>
              {title === '' ? text(commonTexts.none) : title}: <span className="text-muted">{reason}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
