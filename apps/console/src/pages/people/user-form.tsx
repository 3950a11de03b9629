import type { User } from '@bootcast/contract'
import { Button, Group, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../calls.ts'
import { formErrors } from '../../field-errors.ts'
import { Failure } from '../../parts/states.tsx'
import { commonTexts } from '../../texts/common.ts'
import { peopleTexts as texts } from '../../texts/people.ts'
import { GroupsInput, RoleInput } from './user-inputs.tsx'

/** Role and groups of a user whom the platform itself knows. */
export function UserForm({ user }: { readonly user: User }) {
  const [role, setRole] = useState(user.role)
  const [groups, setGroups] = useState([...user.groups])
  const change = useChange('changeUser', {
    touches: ['listUsers', 'showUser', 'listGroups', 'me'],
    quiet: true,
    done: ({ name }) => texts.saved(name),
  })
  const said = formErrors(change.error, ['groups'])
  const isSame = role === user.role && [...groups].sort().join('\n') === [...user.groups].sort().join('\n')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate({ params: { name: user.name }, body: { role, groups } })
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <RoleInput value={role} onChange={setRole} />
        <GroupsInput value={groups} onChange={setGroups} error={said.fields.groups} />
        {said.rest && <Failure error={said.rest} />}
        <Group justify="flex-end">
          <Button type="submit" disabled={isSame} loading={change.isPending}>
            {commonTexts.save}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
