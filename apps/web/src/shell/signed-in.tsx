import { useQuery } from '@tanstack/react-query'
import { Outlet, useNavigate, useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'
import { profileQuery } from '../api/queries.ts'
import { hasSignedOut, session } from '../api/session.ts'
import { useStore } from '../api/store.ts'

/** Around all that needs a session: when it ends, here or in another tab, the sign-in page is shown. */
export function SignedIn() {
  const current = useStore(session)
  const navigate = useNavigate()
  const router = useRouter()
  useEffect(() => {
    if (current !== null) return
    // Entering the page anew leads there, too, and then back to it.
    void (hasSignedOut.get() ? navigate({ to: '/sign-in' }) : router.invalidate())
  }, [current, navigate, router])
  useProfileInSession(current !== null)
  return current === null ? null : <Outlet />
}

/** Name and role may have changed elsewhere since somebody signed in here. */
function useProfileInSession(isSignedIn: boolean): void {
  const { data: profile } = useQuery({ ...profileQuery, enabled: isSignedIn })
  useEffect(() => {
    if (profile === undefined) return
    session.update((known) => {
      if (known === null || known.user.id !== profile.id) return known
      const { id, email, username, nickname, plan, role } = profile
      const user = { id, email, username, nickname, plan, role }
      const isSame = Object.entries(user).every(([name, value]) => known.user[name as keyof typeof user] === value)
      return isSame ? known : { ...known, user }
    })
  }, [profile])
}
