import { proxyDialectSchema } from '@bootcast/contract'
import { Select, Text } from '@mantine/core'
import { useState } from 'react'
import { useCall } from '../../calls.ts'
import { answerTexts as texts } from '../../texts/machine.ts'
import { type AboutMachine, DialogForm, MachineModal } from './machine-dialog.tsx'
import { useMachineChange } from './use-machine-change.ts'

/** For firmware that needs another loader or another way of DHCP than usual. */
export function AnswerDialog({ machine, opened, onClose }: AboutMachine) {
  return (
    <MachineModal opened={opened} onClose={onClose} title={texts.title(machine.mac)}>
      <AnswerForm machine={machine} onClose={onClose} />
    </MachineModal>
  )
}

function AnswerForm({ machine, onClose }: Omit<AboutMachine, 'opened'>) {
  const loaders = useCall('listLoaders', {})
  const [loader, setLoader] = useState(machine.loader ?? null)
  const [dialect, setDialect] = useState(machine.proxyDialect ?? null)
  const change = useMachineChange()
  const names = new Set([
    ...(loaders.data?.items.map(({ name }) => name) ?? []),
    ...(machine.loader === undefined ? [] : [machine.loader]),
  ])
  const submit = () =>
    change.mutate(
      { params: { mac: machine.mac }, body: { loader, proxyDialect: dialect } },
      { onSuccess: onClose },
    )
  return (
    <DialogForm
      deed={texts.save}
      isBusy={change.isPending}
      error={change.error ?? loaders.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <Text size="sm">{texts.about}</Text>
      <Select
        label={texts.loader}
        placeholder={texts.usualLoader}
        data={[...names]}
        value={loader}
        onChange={setLoader}
        searchable
        clearable
        clearButtonProps={{ 'aria-label': texts.usualLoader }}
      />
      <Select
        label={texts.dialect}
        placeholder={texts.usualDialect}
        data={proxyDialectSchema.options}
        value={dialect}
        onChange={(value) => setDialect(value as typeof dialect)}
        clearable
        clearButtonProps={{ 'aria-label': texts.usualDialect }}
      />
    </DialogForm>
  )
}
