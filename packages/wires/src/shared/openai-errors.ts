import { isObject, tryOwn } from '../fields.ts'
import type { JsonObject, RelayErrorKind } from '../neutral.ts'
import { contextLengthExceeded } from './errors.ts'

/**
 * What OpenAI's codes say of the request, on Chat Completions and Responses (the SDK's `ResponseError`, 2026-11, and the Error
 * codes guide). In a stream there is no status that would say so: whoever sends a bad picture must not be taken for a server
 * that fails.
 */
const codesOfRequests = [
  contextLengthExceeded,
  'invalid_prompt',
  'data_residency_mismatch',
  'bio_policy',
  'cyber_policy',
  'misalignment_policy_violation',
  'content_policy_violation',
  'content_filter',
  'moderation_blocked',
  'invalid_image',
  'invalid_image_format',
  'invalid_base64_image',
  'invalid_image_url',
  'image_too_large',
  'image_too_small',
  'image_parse_error',
  'image_content_policy_violation',
  'invalid_image_mode',
  'image_file_too_large',
  'unsupported_image_media_type',
  'empty_image_file',
  'failed_to_download_image',
  'image_file_not_found',
  'image_generation_user_error',
]

export const kindsOfRequestCodes: Readonly<Record<string, RelayErrorKind>> = Object.fromEntries(
  codesOfRequests.map((code) => [code, 'invalid-request']),
)

/** What an aggregator (OpenRouter, Limits guide, 2026-11) says of the limit that is reached; the first is over in seconds. */
const kindsOfLimits: Readonly<Record<string, RelayErrorKind>> = {
  openrouter_in_flight_budget: 'rate-limit',
  openrouter_credits: 'payment',
  openrouter_guardrail_budget: 'payment',
  openrouter_workspace_budget: 'payment',
  openrouter_key_limit: 'payment',
}

/**
 * What an aggregator says beside its status: a 403 with reasons is of a moderated prompt, and what a provider behind it could
 * not do says nothing of the account's other models.
 */
export function kindOfMetadata({ metadata }: JsonObject, kind: RelayErrorKind): RelayErrorKind {
  if (!isObject(metadata)) return kind
  const { limit_source, provider_name } = metadata
  if (kind === 'permission' && isModeration(metadata)) return 'invalid-request'
  if (kind === 'unavailable' && typeof provider_name === 'string') return 'overloaded'
  const isLimit = kind === 'payment' || kind === 'permission'
  return (isLimit && typeof limit_source === 'string' && tryOwn(kindsOfLimits, limit_source)) || kind
}

function isModeration({ reasons, flagged_input }: JsonObject): boolean {
  return Array.isArray(reasons) || typeof flagged_input === 'string'
}
