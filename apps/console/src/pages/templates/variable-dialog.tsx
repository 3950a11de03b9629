import { type TemplateVariable, variableNameSchema } from '@bootcast/contract'
import { Button, Checkbox, Group, Modal, NativeSelect, Stack, TextInput } from '@mantine/core'
import { type SubmitEvent, useState } from 'react'
import { commonTexts } from '../../texts/common.ts'
import { templateTexts as texts } from '../../texts/templates.ts'
import { variableNamed } from './template-draft.ts'

type Asked = {
  readonly opened: boolean
  /** Absent: a new one. */
  readonly variable: TemplateVariable | undefined
  /** Names of the others. */
  readonly taken: readonly string[]
  readonly onDone: (variable: TemplateVariable) => void
  readonly onDrop: () => void
  readonly onClose: () => void
}

/** Declares a variable of a text that is being written. */
export function VariableDialog({ opened, ...asked }: Asked) {
  const title = asked.variable === undefined ? texts.addVariable : texts.editVariable(asked.variable.name)
  return (
    <Modal
      opened={opened}
      onClose={asked.onClose}
      title={title}
      closeButtonProps={{ 'aria-label': commonTexts.close }}
    >
      <VariableForm {...asked} />
    </Modal>
  )
}

const kinds = Object.entries(texts.kinds).map(([value, label]) => ({ value, label }))

function VariableForm({ variable, taken, onDone, onDrop, onClose }: Omit<Asked, 'opened'>) {
  const [written, setWritten] = useState(variable ?? variableNamed(''))
  const [isTried, setTried] = useState(false)
  const { name, description, kind, required, secret } = written
  const set = (part: Partial<TemplateVariable>) => setWritten((before) => ({ ...before, ...part }))
  const wrong = variableNameSchema.safeParse(name).success
    ? taken.includes(name)
      ? texts.taken
      : undefined
    : texts.nameWrong
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setTried(true)
    if (wrong !== undefined) return
    const { default: usual, ...rest } = written
    onDone(usual === undefined || usual === '' || secret ? rest : written)
    onClose()
  }
  const drop = () => {
    onDrop()
    onClose()
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={texts.variableName}
          value={name}
          onChange={({ currentTarget }) => set({ name: currentTarget.value })}
          error={isTried && wrong}
          maxLength={32}
          autoComplete="off"
          data-autofocus
        />
        <TextInput
          label={texts.variableAbout}
          value={description}
          onChange={({ currentTarget }) => set({ description: currentTarget.value })}
          maxLength={500}
        />
        <NativeSelect
          label={texts.kind}
          data={kinds}
          value={kind}
          onChange={({ currentTarget }) => set({ kind: currentTarget.value as TemplateVariable['kind'] })}
        />
        <Checkbox
          label={texts.secretLabel}
          description={texts.secretHint}
          checked={secret}
          onChange={({ currentTarget }) => set({ secret: currentTarget.checked })}
        />
        {!secret && (
          <TextInput
            label={texts.default}
            description={texts.defaultHint}
            value={written.default ?? ''}
            onChange={({ currentTarget }) => set({ default: currentTarget.value })}
          />
        )}
        <Checkbox
          label={texts.required}
          checked={required}
          onChange={({ currentTarget }) => set({ required: currentTarget.checked })}
        />
        <Deeds isNew={variable === undefined} onDrop={drop} onClose={onClose} />
      </Stack>
    </form>
  )
}

type Deed = { readonly isNew: boolean; readonly onDrop: () => void; readonly onClose: () => void }

function Deeds({ isNew, onDrop, onClose }: Deed) {
  return (
    <Group>
      {!isNew && (
        <Button variant="outline" color="red" onClick={onDrop} mr="auto">
          {texts.dropVariable}
        </Button>
      )}
      <Button variant="default" onClick={onClose} ml="auto">
        {commonTexts.cancel}
      </Button>
      <Button type="submit">{texts.done}</Button>
    </Group>
  )
}
