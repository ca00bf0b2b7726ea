import { Outlet, useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { session } from '../api/session.ts'
import { useStore } from '../api/store.ts'

/** Around all that needs a session: when it ends, here or in another tab, the sign-in page is shown. */
export function SignedIn() {
  const current = useStore(session)
  const navigate = useNavigate()
  useEffect(() => {
    if (current === null) void navigate({ to: '/sign-in' })
  }, [current, navigate])
  return current === null ? null : <Outlet />
}
