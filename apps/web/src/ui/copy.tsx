import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { textNow, useText } from '../i18n/language.ts'
import { IconButton, type IconButtonProps } from './icon-button.tsx'
import { showToast } from './toast.tsx'

/** Copies a text, also on plain HTTP, where browsers have no clipboard API. True when it worked. */
export async function copyText(value: string): Promise<boolean> {
  const clipboard = (navigator as { clipboard?: Clipboard }).clipboard
  const isCopied =
    clipboard === undefined
      ? copyBySelection(value)
      : await clipboard.writeText(value).then(
          () => true,
          () => copyBySelection(value),
        )
  if (!isCopied) showToast(textNow(commonTexts.copyFailed), { tone: 'danger' })
  return isCopied
}

function copyBySelection(value: string): boolean {
  const area = document.createElement('textarea')
  area.value = value
  area.setAttribute('readonly', '')
  area.className = 'fixed opacity-0'
  const focused = document.activeElement
  // Inside an open dialog, because the rest of the page cannot take the focus then.
  const host = document.querySelector('[role="dialog"]') ?? document.body
  host.append(area)
  area.select()
  const isCopied = document.execCommand('copy')
  area.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return isCopied
}

/** Copies `value`, or what the function gives, and says so for a moment. */
export interface CopyButtonProps extends Omit<IconButtonProps, 'label' | 'children' | 'onClick' | 'value'> {
  readonly value: string | (() => string)
  readonly label?: string
}

export function CopyButton({ value, label, ...rest }: CopyButtonProps) {
  const text = useText()
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    if (!(await copyText(typeof value === 'string' ? value : value()))) return
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  return (
    <IconButton
      {...rest}
      label={isCopied ? text(commonTexts.copied) : (label ?? text(commonTexts.copy))}
      onClick={() => void copy()}
    >
      {isCopied ? <Check aria-hidden className="size-4 text-success" /> : <Copy aria-hidden className="size-4" />}
    </IconButton>
  )
}
