import { createRoute } from '@tanstack/react-router'
import { signedInRoute } from '../shell/routes.tsx'
import { ChatLayout } from './chat-layout.tsx'
import { ConversationPage } from './lazy-conversation.ts'
import { StartPage } from './start-page.tsx'

const chatRoute = createRoute({ getParentRoute: () => signedInRoute, id: 'chat', component: ChatLayout })
const at = { getParentRoute: () => chatRoute }

export const chatRoutes = [
  chatRoute.addChildren([
    createRoute({ ...at, path: '/', component: StartPage }),
    createRoute({ ...at, path: '/web', component: StartPage }),
    createRoute({ ...at, path: '/c/$id', component: ConversationPage }),
  ]),
]
