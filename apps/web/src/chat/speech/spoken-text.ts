/** What is read aloud of a reply: its words, without marks, code and addresses, in sentences. */

/** Browsers cut off what is long; a sentence that is longer is cut at a comma or a space. */
const longestSentence = 240

export function spokenText(markdown: string): string {
  return (
    markdown
      .replace(/^ {0,3}(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^ {0,3}\1[^\n]*$|$(?![\s\S]))/gm, '\n')
      .replace(/\$\$[\s\S]*?\$\$/g, ' ')
      .replace(/!\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/<?https?:\/\/\S+/g, ' ')
      .replace(/^ {0,3}(?:#{1,6}|>|[-*+]|\d+[.)])\s+/gm, '')
      // The line below a table's head, and its bars.
      .replace(/^[\s|:-]+$/gm, '')
      .replace(/^ *\| *| *\| *$/gm, '')
      .replace(/ *\| */g, ', ')
      .replace(/(\*\*|__|~~|`|\*(?=\S)|(?<=\S)\*)/g, '')
      .replace(/[^\S\n]+/g, ' ')
      .replace(/ *\n\s*/g, '\n')
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
  if (sentence === '') return []
  if (sentence.length <= longestSentence) return [sentence]
  const head = sentence.slice(0, longestSentence)
  const at = Math.max(...[', ', '，', '、', '；', '; ', ' '].map((mark) => head.lastIndexOf(mark)))
  const end = at > longestSentence / 3 ? at + 1 : longestSentence
  return [sentence.slice(0, end).trim(), ...cut(sentence.slice(end).trim())]
}
