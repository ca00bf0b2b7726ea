/** What strangers write takes time in proportion to its length: nobody holds up the others with a text. */
import { it } from 'node:test'
import { assertLinear, type LongText } from '@parley/testkit'
import { readQuery } from './chat/search/query.ts'
import { readTitle } from './chat/titles/titles.ts'
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
    { repeated: '@', before: '://' },
    { repeated: '/shared/' },
    { repeated: 'x', before: '/shared/' },
    { repeated: 'Bearer ' },
    { repeated: ' ', before: 'Bearer' },
    { repeated: ' ', before: '"key"' },
  ],
  'a title is read': [
    (text) => readTitle(text, 'm'),
    { before: 'a', repeated: '\t', after: 'b' },
    { before: 'a', repeated: '"', after: 'b' },
    { repeated: '#', after: 'b' },
  ],
  'a prompt is searched for': [(text) => readQuery(text), { repeated: '"' }, { repeated: '“' }, { repeated: 'a ' }],
}

for (const [name, [work, ...texts]] of Object.entries(works))
  it(`${name} in time linear in its length`, async () => {
    for (const text of texts) await assertLinear(work, text)
  })
