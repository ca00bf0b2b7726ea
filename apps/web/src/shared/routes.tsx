import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../shell/routes.tsx'

export const sharedRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/shared/$token',
    component: lazyRouteComponent(() => import('./shared-page.tsx'), 'SharedPage'),
  }),
]
