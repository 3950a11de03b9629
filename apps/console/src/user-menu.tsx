import { Button, Menu, useMantineColorScheme } from '@mantine/core'
import { IconApi, IconKey, IconLogout, IconUser, IconUserCog } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { NameShown } from './parts/name-shown.tsx'
import { useMe } from './session.ts'
import { roleTexts, commonTexts as texts } from './texts/common.ts'

const appearances = ['light', 'dark', 'auto'] as const

/** Who is signed in, as what, how they like it to look, and the way out. */
export function UserMenu() {
  const { user, role } = useMe()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Menu position="bottom-end" width={240} closeOnItemClick={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button variant="subtle" color="gray" leftSection={<IconUser size={18} />} className="user-menu">
          <NameShown short>{user}</NameShown>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {texts.signedInAs} <NameShown short>{user}</NameShown> ({roleTexts[role]})
        </Menu.Label>
        <Menu.Item component={Link} to="/account" closeMenuOnClick leftSection={<IconUserCog size={18} />}>
          {texts.ownAccount}
        </Menu.Item>
        <Menu.Item component="a" href="/activate" leftSection={<IconKey size={18} />}>
          {texts.enterCode}
        </Menu.Item>
        <Menu.Item component={Link} to="/reference" closeMenuOnClick leftSection={<IconApi size={18} />}>
          {texts.apiReference}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{texts.appearance}</Menu.Label>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(value) => setColorScheme(value as typeof colorScheme)}
        >
          {appearances.map((appearance) => (
            <Menu.RadioItem key={appearance} value={appearance}>
              {texts[appearance]}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <form method="post" action="/sign-out">
          <Menu.Item component="button" type="submit" leftSection={<IconLogout size={18} />}>
            {texts.signOut}
          </Menu.Item>
        </form>
      </Menu.Dropdown>
    </Menu>
  )
}
