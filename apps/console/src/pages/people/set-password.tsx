import { newPasswordSchema, type User } from '@bootcast/contract'
import { Button, Group, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../calls.ts'
import { formErrors } from '../../field-errors.ts'
import { Failure } from '../../parts/states.tsx'
import { peopleTexts as texts } from '../../texts/people.ts'

/** A password for somebody who lost theirs. */
export function SetPassword({ user }: { readonly user: User }) {
  const [password, setPassword] = useState('')
  const [isTried, setTried] = useState(false)
  const change = useChange('changeUser', {
    touches: ['listTokens'],
    quiet: true,
    done: ({ name }) => texts.passwordSet(name),
  })
  const said = formErrors(change.error, ['password'])
  const isGood = newPasswordSchema.safeParse(password).success
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (!isGood) return
    const done = () => {
      setPassword('')
      setTried(false)
    }
    change.mutate({ params: { name: user.name }, body: { password } }, { onSuccess: done })
  }
  return (
    <form onSubmit={submit} noValidate autoComplete="off">
      <Stack gap="xs">
        <Title order={3} size="h5">
          {texts.setPassword}
        </Title>
        <Text size="sm">{texts.setPasswordAbout}</Text>
        <PasswordInput
          label={texts.newPassword}
          description={texts.passwordRule}
          value={password}
          onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          error={(isTried && !isGood && texts.passwordTooShort) || said.fields.password}
          autoComplete="new-password"
        />
        {said.rest && <Failure error={said.rest} />}
        <Group justify="flex-end">
          <Button type="submit" variant="default" loading={change.isPending}>
            {texts.setPassword}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
