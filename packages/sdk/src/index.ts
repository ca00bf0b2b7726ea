export {
  createClient,
  type Client,
  type ClientOptions,
  type SendOptions,
  type Tokens,
} from './client.ts'
export { ApprovalRequired, MfaRequired, ParleyApiError } from './errors.ts'
export { readEvents, type ServerEvent } from './events.ts'
export type { RequestOptions } from './request-options.ts'
export type {
  Attachment,
  Conversation,
  Message,
  MfaChallenge,
  Model,
  Page,
  Run,
  RunEvent,
  SignedIn,
  User,
  WaitingSignUp,
} from './types.ts'
