import { type Grants, userNameSchema } from '@bootcast/contract'
import { Button, Group, Modal, Stack, Switch, TagsInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useChange, useList } from '../../calls.ts'
import { formErrors } from '../../field-errors.ts'
import { Failure } from '../../parts/states.tsx'
import { commonTexts } from '../../texts/common.ts'
import { peopleTexts as texts } from '../../texts/people.ts'
import { grantsChangeOf } from './grants-change.ts'
import { GroupsInput } from './user-inputs.tsx'

type Asked = { readonly grants: Grants; readonly onClose: () => void }

/** Who may boot an image. Only the difference is sent: what somebody else changed meanwhile stays. */
export function ChangeGrants({ grants, onClose }: Asked) {
  const [everyone, setEveryone] = useState(grants.everyone)
  const [groups, setGroups] = useState(grants.groups)
  const [users, setUsers] = useState(grants.users)
  const known = useList('listUsers', { query: { limit: 200 } })
  const change = useChange('changeGrants', {
    touches: ['listGrants', 'listGroups', 'showImage', 'showAccount'],
    quiet: true,
    done: ({ image }) => texts.grantsSaved(image),
  })
  const said = formErrors(change.error, [], { user_not_found: 'users' })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const body = grantsChangeOf(grants, { everyone, groups, users })
    change.mutate({ params: { name: grants.image }, body }, { onSuccess: onClose })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={texts.changeGrants(grants.image)}
      closeButtonProps={{ 'aria-label': commonTexts.close }}
    >
      <form onSubmit={submit}>
        <Stack>
          <Switch
            label={texts.everyone}
            checked={everyone}
            onChange={({ currentTarget }) => setEveryone(currentTarget.checked)}
          />
          <GroupsInput
            label={texts.grantedGroups}
            about={texts.grantGroupsRule}
            value={groups}
            onChange={setGroups}
          />
          <TagsInput
            label={texts.grantedUsers}
            description={texts.grantUsersRule}
            value={users}
            onChange={(names) => setUsers(names.filter((name) => userNameSchema.safeParse(name).success))}
            data={known.items?.map(({ name }) => name) ?? []}
            error={said.fields.users}
            splitChars={[',']}
          />
          {said.rest && <Failure error={said.rest} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {commonTexts.cancel}
            </Button>
            <Button type="submit" loading={change.isPending}>
              {commonTexts.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
