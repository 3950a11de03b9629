import type { ApiToken } from '@bootcast/contract'
import { Button, Group, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconKey } from '@tabler/icons-react'
import { useState } from 'react'
import { useCall, useChange } from '../../calls.ts'
import { CardRows, type Column } from '../../parts/card-rows.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { useMe } from '../../session.ts'
import { roleTexts } from '../../texts/common.ts'
import { peopleTexts, tokenTexts as texts } from '../../texts/people.ts'
import { MakeToken } from './make-token.tsx'

const columns: readonly Column<ApiToken>[] = [
  { key: 'name', title: texts.name, cell: ({ name }) => <NameShown>{name}</NameShown> },
  { key: 'user', title: texts.user, cell: ({ user }) => <NameShown short>{user}</NameShown> },
  { key: 'role', title: texts.role, cell: ({ role }) => roleTexts[role], isNarrow: true },
  {
    key: 'used',
    title: texts.lastUsed,
    cell: ({ lastUsedAt }) => <TimeShown at={lastUsedAt} />,
    isNarrow: true,
  },
  {
    key: 'created',
    title: texts.created,
    cell: ({ createdAt }) => <TimeShown at={createdAt} />,
    isNarrow: true,
  },
  {
    key: 'expires',
    title: texts.expires,
    cell: ({ expiresAt }) => <TimeShown at={expiresAt} />,
    isNarrow: true,
  },
]

/** API tokens: of all people, or one's own. */
export function TokensPart({ ofAll }: { readonly ofAll?: true }) {
  const tokens = useCall('listTokens', {})
  const [isMaking, making] = useDisclosure(false)
  const [ending, setEnding] = useState<ApiToken>()
  const { user } = useMe()
  const shown = ofAll ? columns : columns.filter(({ key }) => key !== 'user')
  const end = (token: ApiToken) => (
    <Button
      size="compact-sm"
      variant="default"
      c="var(--danger-text)"
      onClick={() => setEnding(token)}
      aria-label={texts.revokeOf(token.name)}
    >
      {texts.revoke}
    </Button>
  )
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" flex="1 1 16rem">
          {texts.about}
        </Text>
        <Button
          variant={ofAll ? 'filled' : 'default'}
          leftSection={<IconKey size={18} />}
          onClick={making.open}
        >
          {texts.make}
        </Button>
      </Group>
      <Answered query={tokens}>
        {({ items }) => {
          const rows = ofAll ? items : items.filter((token) => token.user === user)
          return rows.length === 0 ? (
            <Empty title={texts.none}>{texts.noneTodo}</Empty>
          ) : (
            <CardRows
              label={texts.list}
              rows={rows}
              keyOf={({ id }) => id}
              columns={shown}
              actions={end}
              actionsTitle={peopleTexts.actions}
            />
          )
        }}
      </Answered>
      {isMaking && <MakeToken onClose={making.close} />}
      {ending && <EndToken token={ending} onClose={() => setEnding(undefined)} />}
    </Stack>
  )
}

function EndToken({ token, onClose }: { readonly token: ApiToken; readonly onClose: () => void }) {
  const remove = useChange('removeToken', {
    touches: ['listTokens'],
    quiet: true,
    done: () => texts.revoked(token.name),
  })
  return (
    <Confirm
      opened
      title={texts.revokeTitle(token.name)}
      deed={texts.revoke}
      isDangerous
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { id: token.id } }, { onSuccess: onClose })}
      onClose={onClose}
    >
      {texts.revokeAbout(token.user)}
    </Confirm>
  )
}
