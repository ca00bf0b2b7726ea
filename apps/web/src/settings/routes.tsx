import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { wideScreen } from '../shell/media-query.ts'
import { signedInRoute } from '../shell/routes.tsx'

const settingsStartRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/settings',
  beforeLoad: () => {
    if (matchMedia(wideScreen).matches) throw redirect({ to: '/settings/$section', params: { section: 'general' } })
  },
  component: lazyRouteComponent(() => import('./settings-page.tsx'), 'SettingsStartPage'),
})

export const settingsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/settings/$section',
  component: lazyRouteComponent(() => import('./settings-page.tsx'), 'SettingsPage'),
})

export const settingsRoutes = [settingsStartRoute, settingsRoute]
