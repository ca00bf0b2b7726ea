/** The frame of the route tree: what is open to everybody, what needs a session, and where the console hangs. */
import { createRootRoute, createRoute, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router'
import { session } from '../api/session.ts'
import { NotFound, PageCrashed } from './fallbacks.tsx'
import { SignedIn } from './signed-in.tsx'

export const rootRoute = createRootRoute({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: PageCrashed,
})

/** Everything below needs somebody to be signed in. */
export const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  beforeLoad: ({ location }) => {
    if (session.get() === null)
      throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.href } })
  },
  component: SignedIn,
})

/** The console's pages are its children: `src/console/routes.tsx`. */
export const consoleRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/console',
  component: lazyRouteComponent(() => import('../console/console-layout.tsx'), 'ConsoleLayout'),
})
