import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { session } from '../api/session.ts'
import { rootRoute } from '../shell/routes.tsx'

interface SignInSearch {
  /** Where to go then. */
  readonly next?: string
}

const readSearch = (search: Record<string, unknown>): SignInSearch =>
  typeof search['next'] === 'string' && /^\/(?![/\\])/.test(search['next']) ? { next: search['next'] } : {}

const leaveWhenSignedIn = () => {
  if (session.get() !== null) throw redirect({ to: '/' })
}

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: readSearch,
  beforeLoad: leaveWhenSignedIn,
  component: lazyRouteComponent(() => import('./sign-in-page.tsx'), 'SignInPage'),
})

export const registerRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/register',
  validateSearch: readSearch,
  beforeLoad: leaveWhenSignedIn,
  component: lazyRouteComponent(() => import('./register-page.tsx'), 'RegisterPage'),
})

export const forgotPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/forgot-password',
  component: lazyRouteComponent(() => import('./forgot-password-page.tsx'), 'ForgotPasswordPage'),
})

export const resetPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/reset-password',
  component: lazyRouteComponent(() => import('./reset-password-page.tsx'), 'ResetPasswordPage'),
})

export const setUpRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  component: lazyRouteComponent(() => import('./set-up-page.tsx'), 'SetUpPage'),
})

export const authRoutes = [signInRoute, registerRoute, forgotPasswordRoute, resetPasswordRoute, setUpRoute]
