/** What strangers write takes time in proportion to its length: nobody holds up the others with a text. */
import { it } from 'node:test'
import { assertLinear, type LongText } from '@parley/testkit'
import { redactSecrets } from './config/redact.ts'

type Work = (text: string) => unknown

const works: { readonly [name: string]: readonly [work: Work, ...texts: LongText[]] } = {
  'a line of the log is filtered': [
    redactSecrets,
    { repeated: '\\', before: '{"path":"/' },
    { repeated: '\\', before: '\\"key\\":\\"' },
    { repeated: '\\"key' },
    { repeated: '\\"key\\":' },
    { repeated: '\\"key\\":\\"' },
    { repeated: '"key":[' },
    { repeated: '"key":"' },
    { repeated: '"key":"\\' },
    { repeated: 'eyJ-' },
    { repeated: 'eyJ-', after: '.' },
    { repeated: 'eyJ-', after: '.x' },
    { repeated: 'eyJ-abcdefgh.' },
    { repeated: 'sk-' },
    { repeated: '?key=' },
    { repeated: '://' },
    { repeated: '://:' },
    { repeated: ':', before: '://' },
    { repeated: 'Bearer ' },
    { repeated: ' ', before: 'Bearer' },
    { repeated: ' ', before: '"key"' },
  ],
}

for (const [name, [work, ...texts]] of Object.entries(works))
  it(`${name} in time linear in its length`, async () => {
    for (const text of texts) await assertLinear(work, text)
  })
