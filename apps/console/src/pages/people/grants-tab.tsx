import type { Grants } from '@bootcast/contract'
import { Badge, Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useList } from '../../calls.ts'
import { CardRows, type Column } from '../../parts/card-rows.tsx'
import { MoreButton } from '../../parts/more-button.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { useMay } from '../../session.ts'
import { peopleTexts as texts } from '../../texts/people.ts'
import { ChangeGrants } from './change-grants.tsx'
import { NamesShown } from './names-shown.tsx'

const columns: readonly Column<Grants>[] = [
  { key: 'image', title: texts.image, cell: ({ image }) => <NameShown>{image}</NameShown> },
  { key: 'groups', title: texts.grantedGroups, cell: (grants) => <GrantedGroups grants={grants} /> },
  {
    key: 'users',
    title: texts.grantedUsers,
    cell: ({ users }) => <NamesShown names={users} none={texts.nobody} />,
  },
]

export function GrantsTab() {
  const grants = useList('listGrants', { query: {} })
  const [changing, setChanging] = useState<Grants>()
  const mayChange = useMay('grants.change')
  const change = (row: Grants) => (
    <Button
      size="compact-sm"
      variant="default"
      onClick={() => setChanging(row)}
      aria-label={texts.changeGrants(row.image)}
    >
      {texts.change}
    </Button>
  )
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {texts.grantsAbout}
      </Text>
      <Answered query={grants}>
        {() =>
          grants.items?.length === 0 ? (
            <Empty title={texts.noImages}>{texts.noImagesTodo}</Empty>
          ) : (
            <>
              <CardRows
                label={texts.tabs.grants}
                rows={grants.items ?? []}
                keyOf={({ image }) => image}
                columns={columns}
                {...(mayChange && { actions: change, actionsTitle: texts.actions })}
              />
              <MoreButton list={grants} />
            </>
          )
        }
      </Answered>
      {changing !== undefined && <ChangeGrants grants={changing} onClose={() => setChanging(undefined)} />}
    </Stack>
  )
}

function GrantedGroups({ grants: { everyone, groups } }: { readonly grants: Grants }) {
  if (!everyone) return <NamesShown names={groups} none={texts.nobody} />
  return (
    <Group gap={4}>
      <Badge variant="light" tt="none">
        {texts.everyone}
      </Badge>
      {groups.length > 0 && <NamesShown names={groups} none={texts.nobody} />}
    </Group>
  )
}
