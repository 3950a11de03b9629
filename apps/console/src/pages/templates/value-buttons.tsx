import type { ValueScope } from '@bootcast/contract'
import { Button, Checkbox, Group, Modal, PasswordInput, Stack, Text, Textarea } from '@mantine/core'
import { type SubmitEvent, useState } from 'react'
import { useChange } from '../../calls.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { Failure } from '../../parts/states.tsx'
import { useMay } from '../../session.ts'
import { commonTexts } from '../../texts/common.ts'
import { templateTexts as texts } from '../../texts/templates.ts'

type Owned = {
  readonly scope: ValueScope
  readonly of: string
  readonly variable: { readonly name: string; readonly secret: boolean }
  readonly isSet: boolean
}

const touches = ['listValues', 'previewTemplate', 'checkTemplate'] as const

/** Sets a value, or takes it back. */
export function ValueButtons({ scope, of, variable, isSet }: Owned) {
  const mayChange = useMay('templates.change')
  const [asked, setAsked] = useState<'set' | 'take back'>()
  const removing = useChange('removeValue', { touches, quiet: true })
  if (!mayChange) return undefined
  const { name } = variable
  const close = () => setAsked(undefined)
  return (
    <Group gap={6}>
      {isSet && (
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => setAsked('take back')}
          aria-label={texts.takeBackOf(name, of)}
        >
          {texts.takeBack}
        </Button>
      )}
      <Button
        size="compact-xs"
        variant="default"
        onClick={() => setAsked('set')}
        aria-label={texts.setValueOf(name, of)}
      >
        {texts.setValue}
      </Button>
      <Modal
        opened={asked === 'set'}
        onClose={close}
        title={texts.setTitle(name, of)}
        closeButtonProps={{ 'aria-label': commonTexts.close }}
      >
        <ValueForm scope={scope} of={of} variable={variable} onClose={close} />
      </Modal>
      <Confirm
        opened={asked === 'take back'}
        title={texts.takeBackTitle(name, of)}
        deed={texts.takeBack}
        isDangerous
        isBusy={removing.isPending}
        error={removing.error}
        onConfirm={() => removing.mutate({ params: { scope, of, name } }, { onSuccess: close })}
        onClose={close}
      >
        {texts.takeBackAbout}
      </Confirm>
    </Group>
  )
}

function ValueForm({
  scope,
  of,
  variable,
  onClose,
}: Omit<Owned, 'isSet'> & { readonly onClose: () => void }) {
  const { name } = variable
  const [value, setValue] = useState('')
  const [isSecret, setSecret] = useState(variable.secret)
  const setting = useChange('setValue', { touches, quiet: true, done: () => texts.valueSet(name) })
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setting.mutate({ params: { scope, of, name }, body: { value, secret: isSecret } }, { onSuccess: onClose })
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">{texts.setAbout}</Text>
        {isSecret ? (
          <PasswordInput
            label={texts.value}
            value={value}
            onChange={({ currentTarget }) => setValue(currentTarget.value)}
            autoComplete="new-password"
            data-autofocus
          />
        ) : (
          <Textarea
            label={texts.value}
            value={value}
            onChange={({ currentTarget }) => setValue(currentTarget.value)}
            maxLength={16_384}
            autosize
            maxRows={8}
            data-autofocus
          />
        )}
        <Checkbox
          label={texts.valueSecret}
          checked={isSecret}
          onChange={({ currentTarget }) => setSecret(currentTarget.checked)}
          disabled={variable.secret}
        />
        {setting.error && <Failure error={setting.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {commonTexts.cancel}
          </Button>
          <Button type="submit" loading={setting.isPending}>
            {texts.setDeed}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
