import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEstimator, estimateTokens } from './estimate.ts'

const shape = { caller: 'key', model: 'm', inputLength: 3500, maxOutputTokens: undefined }

test('before anything is known a token is three and a half characters, and a reply five hundred tokens', () => {
  const { input, inputAtLeast, inputAtMost, output } = createEstimator().estimate(shape)
  assert.deepEqual([input, output, estimateTokens(7)], [1000, 500, 2])
  assert.ok(inputAtLeast <= inputAtMost)
})

test('a huge max_tokens does not make a call large, a small one makes it small', () => {
  const estimator = createEstimator()
  for (let call = 0; call < 20; call += 1) {
    estimator.learn(shape, { inputTokens: 700, outputTokens: 450 + (call % 3) * 50, contentLength: 2000 })
  }
  const large = estimator.estimate({ ...shape, maxOutputTokens: 64_000 })
  assert.ok(large.output >= 500 && large.output < 700, String(large.output))
  assert.equal(large.input, 700)
  assert.equal(estimator.estimate({ ...shape, maxOutputTokens: 16 }).output, 16)
})

test('callers and models do not learn from each other', () => {
  const estimator = createEstimator()
  for (let call = 0; call < 5; call += 1)
    estimator.learn(shape, { inputTokens: 10, outputTokens: 9, contentLength: 30 })
  assert.equal(estimator.estimate({ ...shape, model: 'other' }).output, 500)
  assert.equal(estimator.estimate({ ...shape, caller: 'other' }).output, 500)
})

test('a reply in a language of dense characters is not counted too low once its kind is known', () => {
  const estimator = createEstimator()
  assert.equal(estimator.outputTokens('key', 'm', 70), 20)
  for (let call = 0; call < 5; call += 1)
    estimator.learn(shape, { inputTokens: 10, outputTokens: 70, contentLength: 70 })
  assert.equal(estimator.outputTokens('key', 'm', 70), 70)
  for (let call = 0; call < 50; call += 1)
    estimator.learn(shape, { inputTokens: 10, outputTokens: 7, contentLength: 70 })
  assert.equal(estimator.outputTokens('key', 'm', 70), 20, 'never counted lower than usual')
})

test('what is remembered is bounded', () => {
  const estimator = createEstimator()
  for (let call = 0; call < 30_005; call += 1) {
    const caller = `key ${call % 10_005}`
    estimator.learn({ ...shape, caller }, { inputTokens: 1, outputTokens: 1, contentLength: 1 })
  }
  assert.equal(estimator.estimate({ ...shape, caller: 'key 0' }).output, 500)
})
