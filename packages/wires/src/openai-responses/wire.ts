import type { Wire } from '../wire.ts'
import { readError, writeError, writeStreamError } from './errors.ts'
import { createMeter } from './meter.ts'
import { readRequest } from './read-request.ts'
import { readStream } from './read-stream.ts'
import { readResponse, writeResponse } from './response.ts'
import { writeRequest } from './write-request.ts'
import { writeStream } from './write-stream.ts'

/** OpenAI's Responses API (API reference, 2026-11). */
export const openaiResponsesWire: Wire = {
  name: 'openai-responses',
  readRequest,
  writeRequest,
  requestPath: () => '/v1/responses',
  readStream,
  writeStream,
  readResponse,
  writeResponse,
  readError,
  writeError,
  writeStreamError,
  meter: createMeter,
}
