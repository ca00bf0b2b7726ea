import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTerminal } from './terminal.ts'

test('names that others gave cannot command the terminal', () => {
  const written: string[] = []
  const write = (text: string) => written.push(text)
  const terminal = createTerminal({ isJson: false, isYes: false, isInteractive: false, write, writeProgress: write })
  const name = 'a\u001b]0;b\u0007\u009b31m\u202ec'
  terminal.table(
    [{ name, tags: [name] }],
    [
      { title: 'NAME', read: (row) => row.name },
      { title: 'TAGS', read: (row) => row.tags },
    ],
  )
  terminal.details({ name })
  terminal.progress(name)
  terminal.say(`${name} was changed.\nTwo lines.`, {})
  const text = written.join('')
  assert.doesNotMatch(text, /(?!\n)[\p{Cc}\u202e]/u)
  assert.equal(text.split(String.raw`a\u001b]0;b\u0007\u009b31m\u202ec`).length, 6)
  assert.match(text, /changed\.\nTwo lines\.\n$/)
})
