import { notFound, ParleyError } from '@parley/contract'
import { z } from 'zod'
import type { Config } from '../config/config.ts'
import type { ApiInstance } from '../http/api.ts'
import { principalOf } from '../http/guard.ts'
import type { People } from '../identity/people.ts'
import type { Audit } from './audit.ts'
import { auditBy } from './audited.ts'
import { listSettingStates } from './setting-states.ts'
import type { Settings } from './settings.ts'
import {
  appInfoSchema,
  personalChangesSchema,
  personalSettingsSchema,
  settingFields,
  settingStateSchema,
  systemChangesSchema,
  systemSettingsSchema,
} from './settings-schema.ts'

const tags = ['settings']

export interface SettingsRoutesParts {
  readonly settings: Settings
  readonly audit: Audit
  readonly people: Pick<People, 'count'>
  readonly config: Pick<Config, 'environment' | 'version' | 'isDemo' | 'identity' | 'chat' | 'mail' | 'oidc'>
}

/** `/api/settings/…`, as people and their front ends use it. */
export function settingsRoutes(parts: SettingsRoutesParts) {
  return (app: ApiInstance): void => {
    systemSettingsRoutes(app, '/settings/system', parts)
    personalSettingsRoutes(app, parts)
    infoRoutes(app, parts)
  }
}

/** `/admin/settings`: the system's, under the operator's own path. */
export function adminSettingsRoutes(parts: SettingsRoutesParts) {
  return (app: ApiInstance): void => {
    systemSettingsRoutes(app, '/settings', parts)
    settingStatesRoutes(app, parts)
  }
}

/** Where each value comes from, and going back to what the environment says. */
function settingStatesRoutes(
  app: ApiInstance,
  { settings, audit, config: { environment } }: SettingsRoutesParts,
): void {
  const config = { access: 'admin' } as const
  app.get(
    '/settings/all',
    {
      config,
      schema: {
        tags,
        summary: 'Every setting with its value and where it comes from',
        description:
          'Those of the environment, too. What has a `field` is changed with `PUT /admin/settings`, at once on all nodes; everything else needs a restart. Secrets are masked.',
        response: { 200: z.array(settingStateSchema) },
      },
    },
    (request) => listSettingStates(settings, environment, request.language),
  )

  app.delete(
    '/settings/:field',
    {
      config,
      schema: {
        tags,
        summary: 'Take back what was stored for a setting',
        description: 'What the environment says holds again, or the default.',
        params: z.object({ field: z.string().max(64) }),
        response: { 200: systemSettingsSchema },
      },
    },
    async (request) => {
      const field = settingFields.find((one) => one === request.params.field)
      if (field === undefined) throw notFound('setting')
      const before = settings.system
      const changed = await settings.takeBack(field, principalOf(request).userId)
      const detail = { [field]: changed[field] }
      await auditBy(request, audit, { action: 'settings.reset', targetId: null, detail, before })
      return changed
    },
  )
}

function systemSettingsRoutes(app: ApiInstance, path: string, { settings, audit, people }: SettingsRoutesParts): void {
  const config = { access: 'admin' } as const
  const response = { 200: systemSettingsSchema }
  app.get(path, { config, schema: { tags, summary: 'The system’s settings', response } }, () => settings.system)

  app.put(
    path,
    {
      config,
      schema: {
        tags,
        summary: 'Change the system’s settings',
        description:
          'What is left out stays as it is. Takes effect at once, on all nodes. 409: `single_user` where there are several; 400: what would make administrators of all who register.',
        body: systemChangesSchema,
        response,
      },
    },
    async (request) => {
      if (request.body.single_user === true && (await people.count()) > 1) throw new ParleyError('several_users')
      const before = settings.system
      const changed = await settings.changeSystem(request.body, principalOf(request).userId)
      await auditBy(request, audit, { action: 'settings.update', targetId: null, detail: request.body, before })
      return changed
    },
  )
}

function personalSettingsRoutes(app: ApiInstance, { settings }: SettingsRoutesParts): void {
  const path = '/settings/personal'
  const response = { 200: personalSettingsSchema }
  app.get(path, { schema: { tags, summary: 'One’s own settings', response } }, (request) =>
    settings.personal(principalOf(request).userId),
  )

  app.put(
    path,
    {
      schema: {
        tags,
        summary: 'Change one’s own settings',
        description: 'What is left out stays as it is.',
        body: personalChangesSchema,
        response,
      },
    },
    (request) => settings.changePersonal(principalOf(request).userId, request.body),
  )
}

function infoRoutes(app: ApiInstance, { settings, config }: SettingsRoutesParts): void {
  const open = { access: 'public' } as const
  app.get(
    '/settings/app',
    { config: open, schema: { tags, summary: 'What a front end should know first', response: { 200: appInfoSchema } } },
    () => ({
      name: 'Parley',
      version: config.version,
      is_demo: config.isDemo,
      registration_open: settings.system.registration_open && !settings.system.single_user,
      single_user: settings.system.single_user,
      minimum_password_length: config.identity.minimumPasswordLength,
      default_model: settings.system.default_model,
      attachment_max_bytes: config.chat.attachments.maxBytes,
      banner: settings.system.banner,
      suggestions: { en: settings.system.suggestions_en, zh: settings.system.suggestions_zh },
      sends_mail: config.mail !== undefined,
      oidc_name: config.oidc?.name ?? null,
    }),
  )

  app.get(
    '/settings/health',
    {
      config: open,
      schema: {
        tags,
        summary: 'The server answers',
        description: '`GET /health` tells of its parts.',
        response: { 200: z.object({ status: z.literal('ok'), version: z.string() }) },
      },
    },
    () => ({ status: 'ok' as const, version: config.version }),
  )
}
