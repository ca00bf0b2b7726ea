/** What several parts of the page ask the server for, and for how long an answer is good. */
import { notifyManager, QueryClient, queryOptions } from '@tanstack/react-query'
import { ApiError, call } from './client.ts'
import { session } from './session.ts'
import type { AppInfo, Model, PersonalSettings, Profile } from './types.ts'

// Before the next picture, not a turn later: what is in a query and what is in a store change in one picture.
notifyManager.setScheduler(queueMicrotask)

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (failures, error) =>
        failures < 3 && error instanceof ApiError && (error.isOffline || error.status === 502 || error.status === 503),
    },
  },
})

// What one person has loaded is not for the next who signs in here.
let userId = session.get()?.user.id
session.subscribe(() => {
  const next = session.get()?.user.id
  if (next !== userId) queryClient.clear()
  userId = next
})

export const appInfoQuery = queryOptions({
  queryKey: ['app'],
  queryFn: ({ signal }) => call<AppInfo>('GET', '/api/settings/app', { signal }),
  staleTime: 300_000,
})

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: ({ signal }) => call<{ is_needed: boolean }>('GET', '/api/setup', { signal }),
})

export const profileQuery = queryOptions({
  queryKey: ['profile'],
  queryFn: ({ signal }) => call<Profile>('GET', '/api/user/profile', { signal }),
})

export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: ({ signal }) => call<Model[]>('GET', '/api/models', { signal }),
  staleTime: 60_000,
})

export const personalSettingsQuery = queryOptions({
  queryKey: ['personal-settings'],
  queryFn: ({ signal }) => call<PersonalSettings>('GET', '/api/settings/personal', { signal }),
  staleTime: 300_000,
})
