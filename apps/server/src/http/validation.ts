/**
 * Input is checked by zod schemas. A refusal names every field that is wrong and what it must be, in the reader's language.
 */
import { type Message, ParleyError } from '@parley/contract'
import type { FastifySchemaCompiler } from 'fastify'
import { z } from 'zod'

type Issue = z.core.$ZodIssue

const texts = { en: z.locales.en().localeError, zh: z.locales.zhCN().localeError }

export class InvalidInput extends Error {
  override readonly name = 'InvalidInput'
  readonly #issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    super('the input does not fit the schema')
    this.#issues = issues
  }

  toParleyError(): ParleyError {
    const problems = this.#issues.map(describeIssue)
    const detail: Message = {
      en: problems.map(({ field, text }) => `${field}: ${text.en}`).join('; '),
      zh: problems.map(({ field, text }) => `${field}：${text.zh}`).join('；'),
    }
    return new ParleyError('invalid_input', {
      parameters: { detail },
      details: { fields: problems.map(({ field, text }) => ({ field, message: text.en })) },
      cause: this,
    })
  }
}

export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data: unknown) => {
    // No body at all is judged like an empty one, so that the answer names the missing fields.
    const result = schema.safeParse(data ?? {})
    return result.success ? { value: result.data } : { error: new InvalidInput(result.error.issues) }
  }

function describeIssue(issue: Issue): { field: string; text: Message } {
  const field = issue.path.map(String).join('.') || 'body'
  return { field, text: { en: textOf(issue, 'en'), zh: textOf(issue, 'zh') } }
}

/** Schemas may bring words of their own; zod's are told by being what zod says in its own language. */
function textOf(issue: Issue, language: 'en' | 'zh'): string {
  const own = issue.message
  if (own !== messageOf(texts.en(issue as never))) return own
  return messageOf(texts[language](issue as never)).replace(/^(Invalid input: |无效输入：)/, '')
}

function messageOf(text: string | { message: string } | undefined | null): string {
  return typeof text === 'string' ? text : (text?.message ?? '')
}
