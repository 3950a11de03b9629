import { variableNameSchema } from '@bootcast/contract'
import { Checkbox, PasswordInput, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useChange } from '../../calls.ts'
import { valueTexts as texts } from '../../texts/machine.ts'
import { DialogForm, MachineModal } from './machine-dialog.tsx'

type Asked = {
  readonly mac: string
  /** Absent: closed. An empty name: a new one. */
  readonly asked: { readonly name: string; readonly secret: boolean } | undefined
  readonly onClose: () => void
}

/** A value for the templates of a machine. What was set before is not filled in: it may be secret. */
export function ValueDialog({ mac, asked, onClose }: Asked) {
  return (
    <MachineModal opened={asked !== undefined} onClose={onClose} title={texts.setTitle(mac)}>
      {asked !== undefined && <ValueForm mac={mac} asked={asked} onClose={onClose} />}
    </MachineModal>
  )
}

function ValueForm({ mac, asked, onClose }: Asked & { readonly asked: NonNullable<Asked['asked']> }) {
  const [name, setName] = useState(asked.name)
  const [value, setValue] = useState('')
  const [isSecret, setIsSecret] = useState(asked.secret)
  const [isWrong, setIsWrong] = useState(false)
  const set = useChange('setValue', { touches: ['listValues', 'explain'], quiet: true })
  const submit = () => {
    const read = variableNameSchema.safeParse(name)
    setIsWrong(!read.success)
    if (!read.success) return
    const params = { scope: 'machine', of: mac, name } as const
    set.mutate({ params, body: { value, secret: isSecret } }, { onSuccess: onClose })
  }
  return (
    <DialogForm
      deed={texts.save}
      isBusy={set.isPending}
      error={set.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        label={texts.name}
        description={texts.nameHint}
        error={isWrong && texts.nameWrong}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value.trim())}
        readOnly={asked.name !== ''}
        maxLength={32}
        required
        autoComplete="off"
        {...(asked.name === '' && { 'data-autofocus': true })}
      />
      {isSecret ? (
        <PasswordInput
          label={texts.value}
          value={value}
          onChange={({ currentTarget }) => setValue(currentTarget.value)}
          autoComplete="new-password"
        />
      ) : (
        <Textarea
          label={texts.value}
          value={value}
          onChange={({ currentTarget }) => setValue(currentTarget.value)}
          autosize
          minRows={1}
          maxRows={10}
        />
      )}
      <Checkbox
        label={texts.secretHint}
        checked={isSecret}
        onChange={({ currentTarget }) => setIsSecret(currentTarget.checked)}
      />
    </DialogForm>
  )
}
