import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { useQuery } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'
import { call } from '../api/client.ts'
import { profileQuery, queryClient } from '../api/queries.ts'
import { session } from '../api/session.ts'
import type { Profile } from '../api/types.ts'
import { formatNumber } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { Button } from '../ui/button.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { Field, Input } from '../ui/field.tsx'
import { formValue } from '../ui/form-value.ts'
import { Skeleton } from '../ui/skeleton.tsx'
import { showError, showToast } from '../ui/toast.tsx'
import { Setting } from './setting.tsx'
import { TwoStep } from './two-step.tsx'

export function AccountSection() {
  const { data: profile, error, refetch } = useQuery(profileQuery)
  if (error !== null && profile === undefined) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (profile === undefined) return <Skeleton className="mt-4 h-40" />
  return (
    <>
      <Name profile={profile} />
      <TokensUsed profile={profile} />
      <TwoStep hasPassword={profile.has_password} />
      {profile.has_password && <Password />}
    </>
  )
}

function Name({ profile }: { readonly profile: Profile }) {
  const text = useText()
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const nickname = formValue(event.currentTarget, 'nickname').trim()
    setBusy(true)
    try {
      const changed = await call<Profile>('PATCH', '/api/user/profile', {
        body: { nickname: nickname === '' ? null : nickname },
      })
      queryClient.setQueryData(profileQuery.queryKey, changed)
      session.update((known) => known && { ...known, user: { ...known.user, nickname: changed.nickname } })
      showToast(text(commonTexts.saved), { tone: 'success' })
    } catch (error) {
      showError(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Setting title={text(settingsTexts.nickname)} hint={`${profile.username} · ${profile.email}`} scope="account">
      <form onSubmit={(event) => void submit(event)} className="flex gap-2">
        <Input
          name="nickname"
          aria-label={text(settingsTexts.nickname)}
          autoComplete="nickname"
          maxLength={64}
          defaultValue={profile.nickname ?? ''}
          placeholder={profile.username}
        />
        <Button type="submit" isBusy={isBusy}>
          {text(commonTexts.save)}
        </Button>
      </form>
    </Setting>
  )
}

function TokensUsed({ profile }: { readonly profile: Profile }) {
  const text = useText()
  const { token_used: used, token_quota: quota } = profile
  return (
    <Setting
      title={text(settingsTexts.usage)}
      hint={text(settingsTexts.usageOf, { used: formatNumber(used), quota: formatNumber(quota) })}
      scope="account"
    >
      <div
        role="meter"
        aria-label={text(settingsTexts.usage)}
        aria-valuemin={0}
        aria-valuemax={quota}
        aria-valuenow={Math.min(used, quota)}
        className="h-2 w-48 overflow-hidden rounded-full bg-hover"
      >
        <div
          className="h-full rounded-full bg-accent"
          style={{ width: `${quota === 0 ? 100 : Math.min(100, (used / quota) * 100)}%` }}
        />
      </div>
    </Setting>
  )
}

function Password() {
  const text = useText()
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    setBusy(true)
    try {
      const body = { currentPassword: formValue(form, 'current'), newPassword: formValue(form, 'new') }
      await call('PUT', '/api/auth/password', { body })
      form.reset()
      showToast(text(settingsTexts.passwordChanged), { tone: 'success' })
    } catch (error) {
      showError(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4 pt-6">
      <h2 data-setting={text(settingsTexts.changePassword)}>{text(settingsTexts.changePassword)}</h2>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={text(settingsTexts.currentPassword)}>
          {(attributes) => (
            <Input {...attributes} name="current" type="password" autoComplete="current-password" required />
          )}
        </Field>
        <Field label={text(settingsTexts.newPassword)}>
          {(attributes) => <Input {...attributes} name="new" type="password" autoComplete="new-password" required />}
        </Field>
      </div>
      <Button type="submit" isBusy={isBusy} className="self-start">
        {text(settingsTexts.changePassword)}
      </Button>
    </form>
  )
}
