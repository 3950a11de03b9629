import type { SignInProvider } from '@bootcast/contract'
import { Alert, Paper, Stack, Text, Title } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useCall } from '../../calls.ts'
import { NameShown } from '../../parts/name-shown.tsx'
import { Answered } from '../../parts/states.tsx'
import { roleTexts } from '../../texts/common.ts'
import { peopleTexts as texts } from '../../texts/people.ts'

export function ProvidersTab() {
  const providers = useCall('listSignInProviders', {})
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {texts.providersAbout}
      </Text>
      <Answered query={providers}>
        {({ items }) => items.map((provider) => <Provider key={provider.kind} provider={provider} />)}
      </Answered>
    </Stack>
  )
}

function Provider({ provider }: { readonly provider: SignInProvider }) {
  const isBare = provider.kind === 'ldap' && provider.security === 'none'
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="xs">
        {texts[provider.kind]}
      </Title>
      {provider.kind === 'local' && <Text size="sm">{texts.localAbout}</Text>}
      {isBare && (
        <Alert color="orange" icon={<IconAlertTriangle />} mb="sm">
          {texts.securityOf.none}
        </Alert>
      )}
      <dl className="facts">
        {factsOf(provider).map(([title, shown]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{typeof shown === 'string' ? <NameShown>{shown}</NameShown> : shown}</dd>
          </div>
        ))}
      </dl>
    </Paper>
  )
}

type Facts = readonly (readonly [string, ReactNode])[]

function factsOf(provider: SignInProvider): Facts {
  if (provider.kind === 'local') return []
  const roles = [texts.roleOf, <RolesOfGroups key="roles" roleOf={provider.roleOf} />] as const
  if (provider.kind === 'oidc')
    return [
      [texts.issuer, provider.issuer],
      [texts.clientId, provider.clientId],
      [texts.secret, provider.hasSecret ? texts.hasSecret : texts.noSecret],
      [texts.redirectUri, provider.redirectUri],
      [texts.groupsClaim, provider.groupsClaim],
      roles,
    ]
  return [
    [texts.address, provider.address],
    [texts.security, texts.securityOf[provider.security]],
    [texts.lookup, provider.lookup],
    [texts.searchesAs, provider.searchesAs ?? texts.nobodySearches],
    [texts.groupsAttribute, provider.groupsAttribute],
    roles,
  ]
}

type RoleOf = Extract<SignInProvider, { kind: 'ldap' }>['roleOf']

function RolesOfGroups({ roleOf }: { readonly roleOf: RoleOf }) {
  if (roleOf.length === 0) return texts.roleOfNone
  return roleOf.map(({ group, role }) => (
    <div key={group}>
      <NameShown>{group}</NameShown> → {roleTexts[role]}
    </div>
  ))
}
