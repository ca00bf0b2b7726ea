import { createRoute } from '@tanstack/react-router'
import { signedInRoute } from '../shell/routes.tsx'
import { ChatLayout } from './chat-layout.tsx'

const chatRoute = createRoute({ getParentRoute: () => signedInRoute, id: 'chat', component: ChatLayout })

export const chatRoutes = [
  chatRoute.addChildren([createRoute({ getParentRoute: () => chatRoute, path: '/', component: () => null })]),
]
