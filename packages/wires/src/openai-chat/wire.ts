import type { Wire } from '../wire.ts'
import { readError, writeError, writeStreamError } from './errors.ts'
import { createMeter } from './meter.ts'
import { readRequest } from './read-request.ts'
import { readStream } from './read-stream.ts'
import { readResponse, writeResponse } from './response.ts'
import { writeRequest } from './write-request.ts'
import { writeStream } from './write-stream.ts'

/** OpenAI's Chat Completions API, and the many servers that speak it too. */
export const openaiChatWire: Wire = {
  name: 'openai-chat',
  readRequest,
  writeRequest,
  requestPath: () => '/v1/chat/completions',
  readStream,
  writeStream,
  readResponse,
  writeResponse,
  readError,
  writeError,
  writeStreamError,
  meter: createMeter,
}
