import { newPasswordSchema, type Role, userNameSchema } from '@bootcast/contract'
import { Button, Group, Modal, PasswordInput, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../calls.ts'
import { formErrors } from '../../field-errors.ts'
import { Failure } from '../../parts/states.tsx'
import { commonTexts } from '../../texts/common.ts'
import { peopleTexts as texts } from '../../texts/people.ts'
import { GroupsInput, RoleInput } from './user-inputs.tsx'

type Asked = { readonly opened: boolean; readonly onClose: () => void; readonly group?: string }

export function AddUser({ opened, onClose, group }: Asked) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={texts.addUser}
      closeButtonProps={{ 'aria-label': commonTexts.close }}
    >
      <AddUserForm onClose={onClose} groups={group === undefined ? [] : [group]} />
    </Modal>
  )
}

function AddUserForm({
  onClose,
  groups: first,
}: {
  readonly onClose: () => void
  readonly groups: string[]
}) {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [role, setRole] = useState<Role>('user')
  const [groups, setGroups] = useState<string[]>(first)
  const [isTried, setTried] = useState(false)
  const add = useChange('addUser', {
    touches: ['listUsers', 'listGroups'],
    quiet: true,
    done: (user) => texts.added(user.name),
  })
  const said = formErrors(add.error, ['name', 'password', 'groups'], { user_exists: 'name' })
  const own = {
    name: userNameSchema.safeParse(name).success ? undefined : texts.nameMissing,
    password: newPasswordSchema.safeParse(password).success ? undefined : texts.passwordTooShort,
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (own.name !== undefined || own.password !== undefined) return
    add.mutate({ body: { name, password, role, groups } }, { onSuccess: onClose })
  }
  return (
    <form onSubmit={submit} noValidate autoComplete="off">
      <Stack>
        <TextInput
          label={texts.name}
          description={texts.nameRule}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          error={(isTried && own.name) || said.fields.name}
          autoComplete="off"
          data-autofocus
        />
        <PasswordInput
          label={texts.password}
          description={texts.passwordRule}
          value={password}
          onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          error={(isTried && own.password) || said.fields.password}
          autoComplete="new-password"
        />
        <RoleInput value={role} onChange={setRole} />
        <GroupsInput value={groups} onChange={setGroups} error={said.fields.groups} />
        {said.rest && <Failure error={said.rest} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {commonTexts.cancel}
          </Button>
          <Button type="submit" loading={add.isPending}>
            {texts.adding}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
