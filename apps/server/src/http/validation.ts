/**
 * Input is checked by zod schemas. A refusal names every field that is wrong and what it must be, in the reader's language.
 */
import { fieldFaults, fillMessage, type Language, type Message, ParleyError } from '@parley/contract'
import type { FastifySchemaCompiler } from 'fastify'
import { z } from 'zod'
import { inBoth, readBoth } from './schema-text.ts'

type Issue = z.core.$ZodIssue

const texts = { en: z.locales.en().localeError, zh: z.locales.zhCN().localeError }

export class InvalidInput extends Error {
  override readonly name = 'InvalidInput'
  readonly #issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    super('the input does not fit the schema')
    this.#issues = issues
  }

  /** The text of each field is in this language: a page shows it beside the field. */
  toParleyError(language: Language): ParleyError {
    const problems = this.#issues.map(describeIssue)
    const detail: Message = {
      en: problems.map(({ field, text }) => `${field}: ${text.en}`).join('; '),
      zh: problems.map(({ field, text }) => `${field}：${text.zh}`).join('；'),
    }
    return new ParleyError('invalid_input', {
      parameters: { detail },
      details: { fields: problems.map(({ field, text }) => ({ field, message: text[language] })) },
      cause: this,
    })
  }
}

export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data: unknown) => {
    // No body at all is judged like an empty one, so that the answer names the missing fields.
    const result = schema.safeParse(data ?? {}, { error: bothTexts })
    return result.success ? { value: result.data } : { error: new InvalidInput(result.error.issues) }
  }

/** Only while a schema is judged is everything known that zod's texts tell, so both languages are made then. */
function bothTexts(issue: z.core.$ZodRawIssue): string {
  return inBoth(plainText(issue) ?? { en: textIn('en', issue), zh: textIn('zh', issue) })
}

function textIn(language: Language, issue: z.core.$ZodRawIssue): string {
  const text = texts[language](issue)
  return (typeof text === 'string' ? text : (text?.message ?? '')).replace(/^(Invalid input: |无效输入：)/, '')
}

/** What people get wrong in forms is said in their words; zod’s are for programmers. */
function plainText(issue: z.core.$ZodRawIssue): Message | undefined {
  if (issue.code === 'too_small' && issue.minimum === 1 && issue.origin !== 'number' && issue.origin !== 'int') {
    return fieldFaults.empty
  }
  if (
    issue.code === 'too_small' &&
    issue.origin !== 'string' &&
    issue.origin !== 'array' &&
    issue.inclusive !== false
  ) {
    return fillMessage(fieldFaults.tooSmall, { min: String(issue.minimum) })
  }
  if (issue.code === 'too_big' && issue.origin !== 'string' && issue.origin !== 'array' && issue.inclusive !== false) {
    return fillMessage(fieldFaults.tooBig, { max: String(issue.maximum) })
  }
  if (issue.code === 'invalid_type' && typeof issue.input === 'string') {
    if (issue.expected === 'number') return fieldFaults.notNumber
    if (issue.expected === 'int') return fieldFaults.notWhole
  }
  return undefined
}

function describeIssue(issue: Issue): { field: string; text: Message } {
  const field = issue.path.map(String).join('.') || 'body'
  return { field, text: readBoth(issue.message) }
}
