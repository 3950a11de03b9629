import type { User } from '@bootcast/contract'
import { Badge, Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks'
import { IconSearch, IconUserPlus, IconX } from '@tabler/icons-react'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useList } from '../../calls.ts'
import { CardRows, type Column } from '../../parts/card-rows.tsx'
import { MoreButton } from '../../parts/more-button.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { TimeShown } from '../../parts/time-shown.tsx'
import { useMay, useMe } from '../../session.ts'
import { roleTexts, sourceTexts } from '../../texts/common.ts'
import { peopleTexts as texts } from '../../texts/people.ts'
import { AddUser } from './add-user.tsx'
import { NamesShown } from './names-shown.tsx'
import { UserDrawer } from './user-drawer.tsx'

const route = getRouteApi('/people')

export function UsersTab() {
  const { find, group, user } = route.useSearch()
  const navigate = route.useNavigate()
  const users = useList('listUsers', { query: { find, group } })
  const [isAdding, adding] = useDisclosure(false)
  const mayChange = useMay('users.change')
  const seek = useDebouncedCallback(
    (text: string) =>
      void navigate({ search: (before) => ({ ...before, find: text || undefined }), replace: true }),
    300,
  )
  return (
    <Stack>
      <Group justify="space-between">
        <TextInput
          aria-label={texts.find}
          placeholder={texts.find}
          leftSection={<IconSearch size={16} />}
          defaultValue={find ?? ''}
          onChange={({ currentTarget }) => seek(currentTarget.value)}
          maxLength={128}
          flex="1 1 12rem"
          maw={360}
        />
        {mayChange && (
          <Button leftSection={<IconUserPlus size={18} />} onClick={adding.open}>
            {texts.addUser}
          </Button>
        )}
      </Group>
      {group !== undefined && <OfGroup group={group} />}
      <Answered query={users}>
        {() => (
          <>
            {users.items?.length === 0 ? <Empty title={texts.noUsers}>{texts.noUsersTodo}</Empty> : null}
            <Users users={users.items ?? []} />
            <MoreButton list={users} />
          </>
        )}
      </Answered>
      <AddUser opened={isAdding} onClose={adding.close} {...(group !== undefined && { group })} />
      {user !== undefined && <UserDrawer name={user} />}
    </Stack>
  )
}

function OfGroup({ group }: { readonly group: string }) {
  return (
    <Group gap="xs">
      <Text size="sm">
        <NameShown>{texts.inGroup(group)}</NameShown>
      </Text>
      <Button
        component={Link}
        to="/people"
        size="compact-sm"
        variant="default"
        leftSection={<IconX size={14} />}
      >
        {texts.allGroups}
      </Button>
    </Group>
  )
}

function Users({ users }: { readonly users: readonly User[] }) {
  const me = useMe().user
  const columns: readonly Column<User>[] = [
    { key: 'name', title: texts.name, cell: (user) => <UserName user={user} isMe={user.name === me} /> },
    { key: 'role', title: texts.role, cell: ({ role }) => roleTexts[role], isNarrow: true },
    {
      key: 'groups',
      title: texts.groups,
      cell: ({ groups }) => <NamesShown names={groups} none={texts.noGroups} />,
    },
    { key: 'source', title: texts.source, cell: ({ source }) => sourceTexts[source], isNarrow: true },
    {
      key: 'created',
      title: texts.created,
      cell: (user) => <TimeShown at={user.createdAt} as="clock" />,
      isNarrow: true,
    },
  ]
  return <CardRows label={texts.users} rows={users} keyOf={({ name }) => name} columns={columns} />
}

function UserName({ user: { name, disabled }, isMe }: { readonly user: User; readonly isMe: boolean }) {
  return (
    <Group gap="xs">
      <PageLink
        inherit
        from="/people"
        to="/people"
        search={(before) => ({ ...before, user: name })}
        resetScroll={false}
        fw={600}
        miw={0}
      >
        <NameShown>{name}</NameShown>
      </PageLink>
      {isMe && (
        <Badge variant="default" size="sm" tt="none">
          {texts.you}
        </Badge>
      )}
      {disabled && (
        <Badge variant="default" size="sm" tt="none">
          {texts.disabled}
        </Badge>
      )}
    </Group>
  )
}
