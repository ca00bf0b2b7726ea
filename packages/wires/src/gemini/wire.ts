import type { Wire } from '../wire.ts'
import { readError, writeError, writeStreamError } from './errors.ts'
import { createMeter } from './meter.ts'
import { readRequest } from './read-request.ts'
import { readStream } from './read-stream.ts'
import { readResponse, writeResponse } from './response.ts'
import { requestPath, writeRequest } from './write-request.ts'
import { writeStream } from './write-stream.ts'

/** Google's Gemini API, generateContent (API reference, 2026-11). */
export const geminiWire: Wire = {
  name: 'gemini',
  readRequest,
  writeRequest,
  requestPath,
  readStream,
  writeStream,
  readResponse,
  writeResponse,
  readError,
  writeError,
  writeStreamError,
  meter: createMeter,
}
