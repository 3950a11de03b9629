import { covers, newApiTokenSchema, type Role, roles } from '@bootcast/contract'
import { Alert, Button, Code, Group, Modal, NativeSelect, Stack, TextInput } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../calls.ts'
import { formErrors } from '../../field-errors.ts'
import { CopyText } from '../../parts/copy-text.tsx'
import { Failure } from '../../parts/states.tsx'
import { useMe } from '../../session.ts'
import { commonTexts } from '../../texts/common.ts'
import { tokenTexts as texts } from '../../texts/people.ts'
import { RoleInput } from './user-inputs.tsx'

/** Makes a token for a program, and shows it this once: the dialog does not go away by a click beside it. */
export function MakeToken({ onClose }: { readonly onClose: () => void }) {
  const [token, setToken] = useState<string>()
  return (
    <Modal
      opened
      onClose={onClose}
      title={token === undefined ? texts.make : texts.made}
      closeButtonProps={{ 'aria-label': commonTexts.close }}
      closeOnClickOutside={token === undefined}
      closeOnEscape={token === undefined}
    >
      {token === undefined ? (
        <MakeForm onMade={setToken} onClose={onClose} />
      ) : (
        <Made token={token} onClose={onClose} />
      )}
    </Modal>
  )
}

type Form = { readonly onMade: (token: string) => void; readonly onClose: () => void }

function MakeForm({ onMade, onClose }: Form) {
  const mine = useMe().role
  const offered = roles.filter((role) => covers(mine, role))
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>(offered.at(-1) ?? 'user')
  const [seconds, setSeconds] = useState('7776000')
  const [isTried, setTried] = useState(false)
  const make = useChange('makeToken', { touches: ['listTokens'], quiet: true })
  const said = formErrors(make.error, ['name', 'role', 'seconds'], { token_exists: 'name' })
  const isGood = newApiTokenSchema.shape.name.safeParse(name).success
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (!isGood) return
    const body = { name, role, seconds: Number(seconds) }
    make.mutate({ body }, { onSuccess: ({ token }) => onMade(token) })
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={texts.name}
          description={texts.nameRule}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          error={(isTried && !isGood && texts.nameRule) || said.fields.name}
          autoComplete="off"
          data-autofocus
        />
        <RoleInput
          label={texts.role}
          about={texts.roleRule}
          value={role}
          onChange={setRole}
          offered={offered}
        />
        <NativeSelect
          label={texts.lasts}
          value={seconds}
          onChange={({ currentTarget }) => setSeconds(currentTarget.value)}
          data={Object.entries(texts.lastsOf).map(([value, label]) => ({ value, label }))}
        />
        {said.rest && <Failure error={said.rest} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {commonTexts.cancel}
          </Button>
          <Button type="submit" loading={make.isPending}>
            {texts.making}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function Made({ token, onClose }: { readonly token: string; readonly onClose: () => void }) {
  return (
    <Stack>
      <Alert color="orange" icon={<IconAlertTriangle />}>
        {texts.madeAbout}
      </Alert>
      <Group wrap="nowrap" align="flex-start" gap="xs">
        <Code block flex={1} aria-label={texts.token} className="secret">
          {token}
        </Code>
        <CopyText text={token} what={texts.token} />
      </Group>
      <Group justify="flex-end">
        <Button onClick={onClose}>{texts.copied}</Button>
      </Group>
    </Stack>
  )
}
