import type { UserGroup } from '@bootcast/contract'
import { Button, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useList } from '../../calls.ts'
import { CardRows, type Column } from '../../parts/card-rows.tsx'
import { MoreButton } from '../../parts/more-button.tsx'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { useMay } from '../../session.ts'
import { peopleTexts as texts } from '../../texts/people.ts'
import { AddMember } from './add-member.tsx'
import { NamesShown } from './names-shown.tsx'

const columns: readonly Column<UserGroup>[] = [
  { key: 'name', title: texts.name, cell: ({ name }) => <GroupName name={name} /> },
  { key: 'members', title: texts.members, cell: ({ members }) => members, isNarrow: true },
  {
    key: 'images',
    title: texts.mayBoot,
    cell: ({ images }) => <NamesShown names={images} none={texts.nothingGranted} />,
  },
]

export function GroupsTab() {
  const groups = useList('listGroups', { query: {} })
  const [growing, setGrowing] = useState<string>()
  const mayChange = useMay('users.change')
  const addTo = ({ name }: UserGroup) => (
    <Button
      size="compact-sm"
      variant="default"
      onClick={() => setGrowing(name)}
      aria-label={texts.addMemberTo(name)}
    >
      {texts.addMember}
    </Button>
  )
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {texts.groupsAbout}
      </Text>
      <Answered query={groups}>
        {() =>
          groups.items?.length === 0 ? (
            <Empty title={texts.noGroupsYet}>{texts.noGroupsTodo}</Empty>
          ) : (
            <>
              <CardRows
                label={texts.groups}
                rows={groups.items ?? []}
                keyOf={({ name }) => name}
                columns={columns}
                {...(mayChange && { actions: addTo, actionsTitle: texts.actions })}
              />
              <MoreButton list={groups} />
            </>
          )
        }
      </Answered>
      {growing !== undefined && <AddMember group={growing} onClose={() => setGrowing(undefined)} />}
    </Stack>
  )
}

function GroupName({ name }: { readonly name: string }) {
  return (
    <PageLink
      inherit
      to="/people"
      search={{ tab: 'users', group: name }}
      fw={600}
      aria-label={texts.showMembers(name)}
    >
      <NameShown>{name}</NameShown>
    </PageLink>
  )
}
