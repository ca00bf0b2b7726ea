import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inputsByName, readInputs } from './model-inputs.ts'

test('models that read text alone are known by their names, whoever sells them', () => {
  const names = ['gpt-3.5-turbo', 'gpt-4', 'gpt-4-0613', 'o3-mini', 'deepseek-chat', 'claude-2.1', 'llama-3.1-8b']
  for (const name of [...names, 'openai/gpt-3.5-turbo-16k', 'qwen2.5-coder', 'glm-4-plus', 'llama3:8b']) {
    assert.deepEqual(inputsByName(name), [], name)
  }
})

test('others read pictures, and some of them PDF', () => {
  for (const name of ['gpt-4-turbo', 'qwen2.5-vl-7b', 'llama-3.2-11b-vision', 'glm-4.5v', 'something-new', 'o4-mini']) {
    assert.ok(inputsByName(name).includes('image'), name)
  }
  for (const name of [
    'claude-3-opus',
    'claude-opus-4-20250514',
    'gemini-2.5-pro',
    'gpt-4o-mini',
    'anthropic/claude-sonnet-5',
  ])
    assert.deepEqual(inputsByName(name), ['image', 'document'], name)
})

test('what is stored is read, and nothing else', () => {
  assert.deepEqual(readInputs('["document","smell"]'), ['document'])
  assert.deepEqual(readInputs('[]'), [])
})
