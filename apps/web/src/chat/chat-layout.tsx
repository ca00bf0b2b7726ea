import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { Outlet } from '@tanstack/react-router'
import { useText } from '../i18n/language.ts'
import { AccountMenu } from '../shell/account-menu.tsx'
import { SideLayout } from '../shell/side-layout.tsx'

export function ChatLayout() {
  const text = useText()
  return (
    <SideLayout label={text(commonTexts.chat)} sidebar={<AccountMenu place="chat" />}>
      <Outlet />
    </SideLayout>
  )
}
