import { fieldFaults } from '@parley/contract'
import { z } from 'zod'
import { inBoth } from '../http/schema-text.ts'
import { modelFeatures } from './model-features.ts'
import { modelInputs } from './model-inputs.ts'

/** The union of the names that two documents give its fields. */
export const modelSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    provider: z.string(),
    context_limit: z.int().nullable(),
    contextLimit: z.int().nullable(),
    inputs: z.array(z.enum(modelInputs)).describe('What it reads besides text.'),
    features: z.array(z.enum(modelFeatures)).describe('What it is known to do beyond answering.'),
    has_own_abilities: z.boolean().describe('They were set; else they are as its name says.'),
    pricing_per_1k_tokens: z.string().nullable(),
    is_active: z.int().min(0).max(1),
    modelId: z.string().describe('The upstream’s name for it.'),
    apiUrl: z.string().nullable().describe('Null where it is not yours to see.'),
    apiKeyHint: z.string().nullable().describe('The key, masked.'),
    isSystem: z.boolean().describe('Everybody’s; else it is your own.'),
    sortOrder: z.int(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Model' })

const name = z.string().trim().min(1).max(100)
const provider = z.string().trim().min(1).max(100)
const apiUrl = z.url({ protocol: /^https?$/ }).max(500)
const apiKey = z
  .string()
  .trim()
  .min(1)
  .max(2_000)
  .regex(/^[\x21-\x7e]*$/, inBoth(fieldFaults.accountKeySpaced))
const modelId = z.string().trim().min(1).max(200)
const contextLimit = z.int().min(1).max(100_000_000).nullable()
const features = z.array(z.enum(modelFeatures)).max(modelFeatures.length).nullable().describe('Null: as its name says.')
const inputs = z.array(z.enum(modelInputs)).max(modelInputs.length).nullable().describe('Null: as its name says.')

export const newModelSchema = z.object({
  name,
  provider,
  apiUrl,
  apiKey: apiKey.optional(),
  modelId,
  contextLimit: contextLimit.optional(),
  inputs: inputs.optional(),
  features: features.optional(),
})

export const changeModelSchema = z.object({
  name: name.optional(),
  provider: provider.optional(),
  apiUrl: apiUrl.optional(),
  apiKey: apiKey.optional(),
  modelId: modelId.optional(),
  contextLimit: contextLimit.optional(),
  inputs: inputs.optional(),
  features: features.optional(),
  isActive: z.boolean().optional(),
  sortOrder: z.int().optional(),
})

export const modelParams = z.object({ id: z.string() })

export const modelTestSchema = z
  .object({ ok: z.boolean(), status: z.int().nullable(), latency_ms: z.int(), error: z.string().nullable() })
  .meta({ id: 'ModelTest' })
