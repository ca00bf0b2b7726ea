import { createRouter } from '@tanstack/react-router'
import { authRoutes } from './auth/routes.tsx'
import { chatRoutes } from './chat/routes.tsx'
import { consoleRoutes } from './console/routes.tsx'
import { settingsRoutes } from './settings/routes.tsx'
import { sharedRoutes } from './shared/routes.tsx'
import { consoleRoute, rootRoute, signedInRoute } from './shell/routes.tsx'

const routeTree = rootRoute.addChildren([
  ...authRoutes,
  ...sharedRoutes,
  signedInRoute.addChildren([...chatRoutes, ...settingsRoutes, consoleRoute.addChildren(consoleRoutes)]),
])

export const router = createRouter({ routeTree, defaultPreload: 'intent', scrollRestoration: false })

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
