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
    throw isAdmin() ? redirect({ to: '/console/accounts' }) : redirect({ to: '/console/my-keys' })
  },
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

export const consoleRoutes = [index, accounts, account]
