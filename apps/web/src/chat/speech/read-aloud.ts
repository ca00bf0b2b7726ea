/** Reads a reply aloud with the browser's own voices: one at a time, sentence by sentence. */
import { createStore } from '../../api/store.ts'
import { preferences } from '../../settings/preferences.ts'
import { languageOf, sentencesOf, spokenText } from './spoken-text.ts'

/** The message that is being read. */
export const readMessage = createStore<string | undefined>(undefined)

export const canReadAloud = 'speechSynthesis' in globalThis

const rates = { slow: 0.8, normal: 1, fast: 1.4 }

export function readAloud(messageId: string, markdown: string): void {
  speechSynthesis.cancel()
  const text = spokenText(markdown)
  const language = languageOf(text)
  const sentences = sentencesOf(text, language)
  const last = sentences.length - 1
  if (last === -1) return
  readMessage.set(messageId)
  for (const [index, sentence] of sentences.entries()) {
    const utterance = new SpeechSynthesisUtterance(sentence)
    utterance.lang = language
    utterance.rate = rates[preferences.get().speechRate]
    if (index === last) utterance.addEventListener('end', () => forget(messageId))
    utterance.addEventListener('error', () => forget(messageId))
    speechSynthesis.speak(utterance)
  }
}

export function stopReading(): void {
  readMessage.set(undefined)
  speechSynthesis.cancel()
}

/** Unless another is being read by now: what was cut off says so late. */
function forget(messageId: string): void {
  if (readMessage.get() === messageId) readMessage.set(undefined)
}

// A page that is left goes on speaking otherwise.
if (canReadAloud) addEventListener('pagehide', stopReading)
