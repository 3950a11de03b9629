import { Tabs } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { PageHead } from '../../parts/page-head.tsx'
import { useMe } from '../../session.ts'
import { peopleTexts as texts } from '../../texts/people.ts'
import { GrantsTab } from './grants-tab.tsx'
import { GroupsTab } from './groups-tab.tsx'
import { ProvidersTab } from './providers-tab.tsx'
import { RolesTab } from './roles-tab.tsx'
import { type TabName, tabsOf } from './tabs.ts'
import { TokensPart } from './tokens-part.tsx'
import { UsersTab } from './users-tab.tsx'

const route = getRouteApi('/people')

const contents: Readonly<Record<TabName, () => React.ReactNode>> = {
  users: () => <UsersTab />,
  groups: () => <GroupsTab />,
  grants: () => <GrantsTab />,
  roles: () => <RolesTab />,
  tokens: () => <TokensPart ofAll />,
  providers: () => <ProvidersTab />,
}

export function PeoplePage() {
  const shown = tabsOf(useMe().role)
  const { tab: asked = 'users' } = route.useSearch()
  const navigate = route.useNavigate()
  const tab = shown.find((name) => name === asked) ?? 'users'
  return (
    <>
      <PageHead title={texts.title} about={texts.about} />
      <Tabs
        value={tab}
        onChange={(to) => void navigate({ search: { tab: shown.find((name) => name === to) } })}
        keepMounted={false}
      >
        <Tabs.List mb="md" aria-label={texts.tabsLabel}>
          {shown.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {texts.tabs[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {shown.map((name) => (
          <Tabs.Panel key={name} value={name}>
            {contents[name]()}
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  )
}
