import { may } from '@bootcast/contract'
import { Anchor, AppShell, Burger, Group, NavLink, ScrollArea, Text } from '@mantine/core'
import { useDisclosure, useWindowEvent } from '@mantine/hooks'
import { Link, Outlet, useMatches, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useLost } from './live/use-lost.ts'
import { navigation } from './navigation.ts'
import { ConnectionNotice } from './parts/connection-notice.tsx'
import { PageHead } from './parts/page-head.tsx'
import { useMe } from './session.ts'
import { commonTexts as texts } from './texts/common.ts'
import { UserMenu } from './user-menu.tsx'

/** What stands around each page: where one is, where one can go, who one is, and whether what is shown is of now. */
export function Shell() {
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const isLost = useLost() !== undefined
  const path = useRouterState({ select: ({ location }) => location.pathname })
  // biome-ignore lint/correctness/useExhaustiveDependencies: on a phone the menu goes away when one has gone somewhere.
  useEffect(close, [path])
  const burger = useRef<HTMLButtonElement>(null)
  useWindowEvent('keydown', ({ key }) => {
    if (key !== 'Escape' || !isOpen) return
    close()
    burger.current?.focus()
  })
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <a href="#content" className="skip">
        {texts.skip}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              ref={burger}
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={texts.menu}
              aria-expanded={isOpen}
              aria-controls="navigation"
            />
            <Anchor component={Link} to="/" fw={750} underline="never" c="inherit" size="lg">
              Bootcast
            </Anchor>
          </Group>
          <UserMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar id="navigation" p="xs" className={isOpen ? undefined : 'away-on-phone'}>
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} className={isOpen ? 'away-on-phone' : undefined}>
        <ConnectionNotice />
        <div className={isLost ? 'stale' : undefined}>
          <Allowed />
        </div>
      </AppShell.Main>
    </AppShell>
  )
}

function Navigation() {
  const { role } = useMe()
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const isHere = (to: string) =>
    to === '/' ? path === '/' || path.startsWith('/boots') : path.startsWith(to)
  return (
    <AppShell.Section grow component={ScrollArea}>
      {navigation
        .filter(({ needs }) => may(role, needs))
        .map(({ to, label, icon: Icon }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            leftSection={<Icon size={20} stroke={1.6} />}
            active={isHere(to)}
            {...(isHere(to) && { 'aria-current': 'page' as const })}
          />
        ))}
    </AppShell.Section>
  )
}

/** The page, for those who may see it. */
function Allowed() {
  const { role } = useMe()
  const needs = useMatches({ select: (matches) => matches.at(-1)?.staticData.needs })
  if (needs === undefined || may(role, needs)) return <Outlet />
  return (
    <>
      <PageHead title={texts.forbidden} />
      <Text mb="sm">{texts.forbiddenTodo}</Text>
      <Anchor href="/activate">{texts.enterCode}</Anchor>
    </>
  )
}
