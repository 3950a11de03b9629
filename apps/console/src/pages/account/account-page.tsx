import { type Account, aboutRoles } from '@bootcast/contract'
import { Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { useCall } from '../../calls.ts'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { Answered } from '../../parts/states.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { useMay } from '../../session.ts'
import { accountTexts as texts } from '../../texts/account.ts'
import { roleTexts, sourceTexts } from '../../texts/common.ts'
import { tokenTexts } from '../../texts/people.ts'
import { NamesShown } from '../people/names-shown.tsx'
import { TokensPart } from '../people/tokens-part.tsx'
import { OwnPassword } from './own-password.tsx'
import { OwnSessions } from './own-sessions.tsx'

/** What is one's own: open to everybody who is signed in. */
export function AccountPage() {
  const account = useCall('showAccount', {})
  const mayHaveTokens = useMay('tokens.make')
  return (
    <>
      <PageHead title={texts.title} about={texts.about} />
      <Stack gap="lg">
        <Answered query={account}>
          {(found) => (
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              <Part title={texts.who}>
                <Who account={found} />
              </Part>
              <Part title={texts.password}>
                {found.source === 'local' ? (
                  <OwnPassword />
                ) : (
                  <Text>{texts.passwordElsewhere(sourceTexts[found.source])}</Text>
                )}
              </Part>
            </SimpleGrid>
          )}
        </Answered>
        <Part title={texts.sessions}>
          <OwnSessions />
        </Part>
        {mayHaveTokens && (
          <Part title={tokenTexts.list}>
            <TokensPart />
          </Part>
        )}
      </Stack>
    </>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      {children}
    </Paper>
  )
}

function Who({ account }: { readonly account: Account }) {
  const { name, role, groups, source, createdAt, boots } = account
  const facts: readonly (readonly [string, ReactNode])[] = [
    [texts.name, <NameShown key="name">{name}</NameShown>],
    [texts.role, `${roleTexts[role]}: ${aboutRoles[role]}`],
    [texts.groups, <NamesShown key="groups" names={groups} none={texts.noGroups} />],
    [
      texts.boots,
      boots === 'all' ? texts.bootsAll : <NamesShown key="boots" names={boots} none={texts.bootsNone} />,
    ],
    [texts.source, sourceTexts[source]],
    [texts.since, <TimeShown key="since" at={createdAt} as="clock" />],
  ]
  return (
    <dl className="facts">
      {facts.map(([title, shown]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{shown}</dd>
        </div>
      ))}
    </dl>
  )
}
