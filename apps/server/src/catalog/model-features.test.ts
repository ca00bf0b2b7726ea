import assert from 'node:assert/strict'
import { test } from 'node:test'
import { featuresByName, readFeatures } from './model-features.ts'

test('what a model can do is known by its name, whoever sells it', () => {
  const both = [
    'gpt-5',
    'openai/gpt-5-mini',
    'o3',
    'claude-opus-4-20250514',
    'us.anthropic.claude-sonnet-4-6',
    'gemini-2.5-pro',
  ]
  for (const name of [...both, 'claude-3-7-sonnet-20250219', 'grok-4', 'glm-4.6', 'deepseek-r1']) {
    assert.deepEqual(featuresByName(name), ['tools', 'thinking'], name)
  }
  for (const name of [
    'gpt-4',
    'gpt-4-turbo',
    'gpt-3.5-turbo',
    'claude-3-opus',
    'gpt-5-chat-latest',
    'grok-4-fast-non-reasoning',
  ]) {
    assert.deepEqual(featuresByName(name), ['tools'], name)
  }
})

test('of a model that nobody knows, nothing is said', () => {
  for (const name of [
    'something-new',
    'gpt-2',
    'o1-preview',
    'claude-2.1',
    'gpt-4o-audio-preview',
    'gemini-2.5-flash-image',
  ]) {
    assert.deepEqual(featuresByName(name), [], name)
  }
})

test('what is stored is read, and nothing else', () => {
  assert.deepEqual(readFeatures('["thinking","flying","tools"]'), ['tools', 'thinking'])
  assert.deepEqual(readFeatures('{}'), [])
})
