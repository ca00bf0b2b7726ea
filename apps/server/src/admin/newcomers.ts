import { ParleyError } from '@parley/contract'
import type { SettingField, SystemSettings } from './settings-schema.ts'

/** What decides together whether a stranger can become an administrator. Domains do not: an address proves nothing by itself. */
const fields = ['default_role', 'registration_open', 'registration_approval', 'single_user'] as const

type Decisive = Pick<SystemSettings, (typeof fields)[number]>

/** The role of those who come by themselves: never an administrator’s where anybody may and nobody looks at them. */
export function roleOfNewcomers(settings: Decisive): SystemSettings['default_role'] {
  return makesAdministrators(settings) ? 'user' : settings.default_role
}

/** Throws when this change would make an administrator of whoever registers. */
export function assertNoOpenAdministration(before: Decisive, after: Decisive): void {
  if (!makesAdministrators(after)) return
  const field: SettingField | undefined = fields.find((each) => before[each] !== after[each])
  // The environment may have opened registration meanwhile; then `roleOfNewcomers` holds, and other settings can be changed.
  if (field !== undefined) throw new ParleyError('open_to_administrators', { details: { field } })
}

function makesAdministrators(settings: Decisive): boolean {
  const isOpen = settings.registration_open && !settings.single_user && !settings.registration_approval
  return isOpen && settings.default_role === 'admin'
}
