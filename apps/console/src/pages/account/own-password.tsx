import { type CallOutput, createClient, newPasswordSchema } from '@bootcast/contract'
import { Button, Group, PasswordInput, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { toSignIn, useChange } from '../../calls.ts'
import { origin } from '../../client.ts'
import { formErrors } from '../../field-errors.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { Failure } from '../../parts/states.tsx'
import { useMe } from '../../session.ts'
import { accountTexts as texts } from '../../texts/account.ts'

/** A new password of one's own. It ends every sign-in, this one as well. */
export function OwnPassword() {
  const { user } = useMe()
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const [isTried, setTried] = useState(false)
  const [isAsking, setAsking] = useState(false)
  const change = useChange('changePassword', { touches: [], quiet: true })
  const said = formErrors(change.error, ['current', 'password'], { sign_in_failed: 'current' })
  const isGood = newPasswordSchema.safeParse(password).success
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    setAsking(isGood && current !== '')
  }
  const confirm = () => {
    const ask = {
      onSuccess: (answer: CallOutput<'changePassword'>) => void leave(answer),
      onSettled: () => setAsking(false),
    }
    change.mutate({ body: { current, password } }, ask)
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {/* Password managers look for whose password it is. */}
        <input type="text" name="username" autoComplete="username" value={user} readOnly hidden />
        <PasswordInput
          label={texts.current}
          value={current}
          onChange={({ currentTarget }) => setCurrent(currentTarget.value)}
          error={(isTried && current === '' && texts.currentMissing) || said.fields.current}
          autoComplete="current-password"
        />
        <PasswordInput
          label={texts.next}
          description={texts.nextRule}
          value={password}
          onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          error={(isTried && !isGood && texts.tooShort) || said.fields.password}
          autoComplete="new-password"
        />
        {said.rest && <Failure error={said.rest} />}
        <Group justify="flex-end">
          <Button type="submit">{texts.change}</Button>
        </Group>
      </Stack>
      <Confirm
        opened={isAsking}
        title={texts.changeTitle}
        deed={texts.change}
        isDangerous
        isBusy={change.isPending}
        onConfirm={confirm}
        onClose={() => setAsking(false)}
      >
        {texts.changeAbout}
      </Confirm>
    </form>
  )
}

/** The token of the answer is for programs: a browser signs in anew, and nobody keeps the token. */
async function leave({ token }: CallOutput<'changePassword'>): Promise<void> {
  await createClient({ url: origin, token })
    .call('signOut', {})
    .catch(() => undefined)
  toSignIn()
}
