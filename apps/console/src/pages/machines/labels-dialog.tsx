import { labelSchema } from '@bootcast/contract'
import { TagsInput } from '@mantine/core'
import { useState } from 'react'
import { labelTexts as texts } from '../../texts/machine.ts'
import { type AboutMachine, DialogForm, MachineModal } from './machine-dialog.tsx'
import { useMachineChange } from './use-machine-change.ts'

const mostLabels = 32

/** Words by which openings and values find a machine. */
export function LabelsDialog({ machine, opened, onClose }: AboutMachine) {
  return (
    <MachineModal opened={opened} onClose={onClose} title={texts.title(machine.mac)}>
      <LabelsForm machine={machine} onClose={onClose} />
    </MachineModal>
  )
}

function LabelsForm({ machine, onClose }: Omit<AboutMachine, 'opened'>) {
  const [labels, setLabels] = useState<string[]>(machine.labels)
  const [typed, setTyped] = useState('')
  const change = useMachineChange()
  const all = typed.trim() === '' ? labels : [...labels, typed.trim()]
  const wrong = all.find((label) => !labelSchema.safeParse(label).success)
  const submit = () => {
    if (wrong !== undefined) return
    const body = { labels: [...new Set(all)] }
    change.mutate({ params: { mac: machine.mac }, body }, { onSuccess: onClose })
  }
  return (
    <DialogForm
      deed={texts.save}
      isBusy={change.isPending}
      error={change.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <TagsInput
        label={texts.labels}
        description={texts.hint}
        placeholder={texts.add}
        value={labels}
        onChange={setLabels}
        searchValue={typed}
        onSearchChange={setTyped}
        maxTags={mostLabels}
        splitChars={[',', ' ']}
        error={wrong !== undefined && texts.wrong(wrong.slice(0, 63))}
        data-autofocus
      />
    </DialogForm>
  )
}
