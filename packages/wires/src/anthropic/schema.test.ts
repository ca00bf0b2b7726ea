import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WireError } from '../index.ts'
import { writeSchema } from './schema.ts'

describe('schemas of replies on the Anthropic wire', () => {
  it('closes every object and turns bounds into words, at any depth', () => {
    const schema = {
      type: 'object',
      description: 'A list',
      minProperties: 1,
      properties: {
        items: {
          type: 'array',
          minItems: 1,
          maxItems: 5,
          items: { type: 'object', properties: { n: { type: 'integer', minimum: 0 } } },
        },
        minimum: { anyOf: [{ type: 'string', pattern: '^a', minLength: 2 }, { type: 'null' }] },
      },
      required: ['items'],
    }
    assert.deepEqual(writeSchema(schema, 'schema'), {
      type: 'object',
      description: 'A list\n\n{minProperties: 1}',
      properties: {
        items: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            properties: { n: { type: 'integer', description: '{minimum: 0}' } },
            additionalProperties: false,
          },
          description: '{maxItems: 5}',
        },
        minimum: { anyOf: [{ type: 'string', pattern: '^a', description: '{minLength: 2}' }, { type: 'null' }] },
      },
      required: ['items'],
      additionalProperties: false,
    })
  })

  it('refuses open objects by their path', () => {
    const open = { type: 'object', properties: { map: { type: 'object', additionalProperties: { type: 'string' } } } }
    assert.throws(
      () => writeSchema(open, 'response_format.schema'),
      (error) =>
        error instanceof WireError && error.field === 'response_format.schema.properties.map.additionalProperties',
    )
  })
})
