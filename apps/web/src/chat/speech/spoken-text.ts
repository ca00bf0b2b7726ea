/** What is read aloud of a reply: its words, without marks, code and addresses, in sentences. */
import { readFences } from '../markdown/read-fences.ts'

/** Browsers cut off what is long; a sentence that is longer is cut at a comma or a space. */
const longestSentence = 240

/**
 * Every expression here takes time in proportion to the text: none looks for its end beyond where the next of its kind
 * begins, nor for spaces before there is at most one between words.
 */
export function spokenText(markdown: string): string {
  return (
    readFences(markdown)
      .words.replace(/\$\$[\s\S]*?\$\$/g, ' ')
      .replace(/!\[([^[\]]*)\]\((?:[^()]|\([^()]*\))*\)/g, '$1')
      .replace(/\[([^[\]]*)\]\((?:[^()]|\([^()]*\))*\)/g, '$1')
      .replace(/<?https?:\/\/\S+/g, ' ')
      .replace(/^ {0,3}(?:#{1,6}|>|[-*+]|\d+[.)])\s+/gm, '')
      // The line below a table's head.
      .replace(/^[\s|:-]+$/gm, '')
      .replace(/(\*\*|__|~~|`|\*(?=\S)|(?<=\S)\*)/g, '')
      .replace(/[^\S\n]+/g, ' ')
      // The bars of a table.
      .replace(/^ ?\| ?| ?\| ?$/gm, '')
      .replace(/ ?\| ?/g, ', ')
      .replace(/ ?\n\s*/g, '\n')
      .trim()
  )
}

export function sentencesOf(text: string, locale: string): readonly string[] {
  const segments = new Intl.Segmenter(locale, { granularity: 'sentence' }).segment(text)
  return [...segments].flatMap(({ segment }) => cut(segment.trim()))
}

/** Han without kana is Chinese; enough for choosing a voice. */
export function languageOf(text: string): 'zh-CN' | 'ja-JP' | 'en-US' {
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0
  const kana = text.match(/[\p{Script=Hiragana}\p{Script=Katakana}]/gu)?.length ?? 0
  if (kana > 0 && kana * 4 > han) return 'ja-JP'
  return han * 4 > text.length ? 'zh-CN' : 'en-US'
}

function cut(sentence: string): string[] {
  const pieces: string[] = []
  let rest = sentence
  while (rest.length > longestSentence) {
    const head = rest.slice(0, longestSentence)
    const at = Math.max(...[', ', '，', '、', '；', '; ', ' '].map((mark) => head.lastIndexOf(mark)))
    const end = at > longestSentence / 3 ? at + 1 : longestSentence
    pieces.push(rest.slice(0, end).trim())
    rest = rest.slice(end).trim()
  }
  return rest === '' ? pieces : [...pieces, rest]
}
