/** The console's pages, each loaded when it is first opened. Administrators see all; others their own keys and usage. */
import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { session } from '../api/session.ts'
import { consoleRoute } from '../shell/routes.tsx'

const getParentRoute = () => consoleRoute

export function isAdmin(): boolean {
  return session.get()?.user.role === 'admin'
}

/** Calls for administrators would be refused anyway; this saves the others from a page of refusals. */
function onlyAdmins(): void {
  if (!isAdmin()) throw redirect({ to: '/console/my-keys' })
}

const index = createRoute({
  getParentRoute,
  path: '/',
  beforeLoad: () => {
    throw isAdmin() ? redirect({ to: '/console/dashboard' }) : redirect({ to: '/console/my-keys' })
  },
})

const dashboard = createRoute({
  getParentRoute,
  path: '/dashboard',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./usage/dashboard-page.tsx'), 'DashboardPage'),
})

const usage = createRoute({
  getParentRoute,
  path: '/usage',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./usage/usage-page.tsx'), 'UsagePage'),
})

const accounts = createRoute({
  getParentRoute,
  path: '/accounts',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./accounts/accounts-page.tsx'), 'AccountsPage'),
})

const account = createRoute({
  getParentRoute,
  path: '/accounts/$accountId',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./accounts/account-page.tsx'), 'AccountPage'),
})

const keys = createRoute({
  getParentRoute,
  path: '/keys',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./keys/keys-page.tsx'), 'KeysPage'),
})

const key = createRoute({
  getParentRoute,
  path: '/keys/$keyId',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./keys/key-page.tsx'), 'KeyPage'),
})

const myKeys = createRoute({
  getParentRoute,
  path: '/my-keys',
  component: lazyRouteComponent(() => import('./keys/keys-page.tsx'), 'MyKeysPage'),
})

const myKey = createRoute({
  getParentRoute,
  path: '/my-keys/$keyId',
  component: lazyRouteComponent(() => import('./keys/key-page.tsx'), 'MyKeyPage'),
})

const records = createRoute({
  getParentRoute,
  path: '/calls',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./usage/records-page.tsx'), 'RecordsPage'),
})

const models = createRoute({
  getParentRoute,
  path: '/models',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./models/models-page.tsx'), 'ModelsPage'),
})

const limits = createRoute({
  getParentRoute,
  path: '/limits',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./limits/limits-page.tsx'), 'LimitsPage'),
})

const alerts = createRoute({
  getParentRoute,
  path: '/alerts',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./limits/alerts-page.tsx'), 'AlertsPage'),
})

const people = createRoute({
  getParentRoute,
  path: '/users',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./people/people-page.tsx'), 'PeoplePage'),
})

const person = createRoute({
  getParentRoute,
  path: '/users/$userId',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./people/person-page.tsx'), 'PersonPage'),
})

const groups = createRoute({
  getParentRoute,
  path: '/groups',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./groups/groups-page.tsx'), 'GroupsPage'),
})

const group = createRoute({
  getParentRoute,
  path: '/groups/$groupId',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./groups/group-page.tsx'), 'GroupPage'),
})

const settings = createRoute({
  getParentRoute,
  path: '/settings',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./system/settings-page.tsx'), 'SystemSettingsPage'),
})

const health = createRoute({
  getParentRoute,
  path: '/health',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./system/health-page.tsx'), 'HealthPage'),
})

const audit = createRoute({
  getParentRoute,
  path: '/audit',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./system/audit-page.tsx'), 'AuditPage'),
})

const logs = createRoute({
  getParentRoute,
  path: '/logs',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./system/logs-page.tsx'), 'LogsPage'),
})

const backups = createRoute({
  getParentRoute,
  path: '/backups',
  beforeLoad: onlyAdmins,
  component: lazyRouteComponent(() => import('./system/backups-page.tsx'), 'BackupsPage'),
})

const myUsage = createRoute({
  getParentRoute,
  path: '/my-usage',
  component: lazyRouteComponent(() => import('./usage/my-usage-page.tsx'), 'MyUsagePage'),
})

export const consoleRoutes = [
  index,
  dashboard,
  usage,
  accounts,
  account,
  keys,
  key,
  models,
  limits,
  alerts,
  records,
  people,
  person,
  groups,
  group,
  audit,
  logs,
  backups,
  settings,
  health,
  myKeys,
  myKey,
  myUsage,
]
