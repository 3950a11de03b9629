import type { User } from '@bootcast/contract'
import { Button, Group, Stack, Title } from '@mantine/core'
import { useState } from 'react'
import { useChange } from '../../calls.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { peopleTexts as texts } from '../../texts/people.ts'

type Asked = { readonly user: User; readonly onGone: () => void }

/** Disables, enables and removes a user. */
export function KeepOut({ user, onGone }: Asked) {
  const [asked, setAsked] = useState<'disable' | 'remove'>()
  const { name, disabled } = user
  const close = () => setAsked(undefined)
  const touches = ['listUsers', 'showUser', 'listGroups', 'listTokens', 'listGrants'] as const
  const change = useChange('changeUser', {
    touches,
    quiet: true,
    done: (now) => (now.disabled ? texts.didDisable(name) : texts.didEnable(name)),
  })
  const remove = useChange('removeUser', {
    touches: touches.filter((touched) => touched !== 'showUser'),
    quiet: true,
    done: () => texts.removed(name),
  })
  const setDisabled = (isDisabled: boolean) =>
    change.mutate({ params: { name }, body: { disabled: isDisabled } }, { onSuccess: close })
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        {texts.dangerous}
      </Title>
      <Group>
        {disabled ? (
          <Button variant="default" loading={change.isPending} onClick={() => setDisabled(false)}>
            {texts.enable}
          </Button>
        ) : (
          <Button variant="default" c="var(--danger-text)" onClick={() => setAsked('disable')}>
            {texts.disable}
          </Button>
        )}
        <Button variant="default" c="var(--danger-text)" onClick={() => setAsked('remove')}>
          {texts.remove}
        </Button>
      </Group>
      <Confirm
        opened={asked === 'disable'}
        title={texts.disableTitle(name)}
        deed={texts.disable}
        isDangerous
        isBusy={change.isPending}
        error={change.error}
        onConfirm={() => setDisabled(true)}
        onClose={close}
      >
        {texts.disableAbout}
      </Confirm>
      <Confirm
        opened={asked === 'remove'}
        title={texts.removeTitle(name)}
        deed={texts.remove}
        isDangerous
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate({ params: { name } }, { onSuccess: onGone })}
        onClose={close}
      >
        {texts.removeAbout}
      </Confirm>
    </Stack>
  )
}
