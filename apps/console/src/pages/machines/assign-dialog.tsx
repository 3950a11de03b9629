import type { Machine, MachineChange } from '@bootcast/contract'
import { Alert, Checkbox, Radio, Stack, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState } from 'react'
import { useCall } from '../../calls.ts'
import { ImageChoice } from '../../parts/image-choice.tsx'
import { partsOf, releaseNow } from '../../references.ts'
import { assignTexts as texts } from '../../texts/machine.ts'
import { type AboutMachine, DialogForm, MachineModal } from './machine-dialog.tsx'
import { useMachineChange } from './use-machine-change.ts'

/** An image for all boots of a machine or its next one, and whether its disk may be overwritten. */
export function AssignDialog({ machine, opened, onClose }: AboutMachine) {
  return (
    <MachineModal opened={opened} onClose={onClose} title={texts.title(machine.mac)}>
      <AssignForm machine={machine} onClose={onClose} />
    </MachineModal>
  )
}

type When = 'always' | 'once'

function AssignForm({ machine, onClose }: Omit<AboutMachine, 'opened'>) {
  const [reference, setReference] = useState(machine.image ?? '')
  const [when, setWhen] = useState<When>('always')
  const [mayOverwrite, setMayOverwrite] = useState(false)
  const [isMissing, setIsMissing] = useState(false)
  const writesDisk = useWritesDisk(reference)
  const assign = useMachineChange()
  const overwrites = writesDisk && mayOverwrite
  const submit = () => {
    setIsMissing(reference === '')
    if (reference === '') return
    const body: MachineChange = {
      ...(when === 'once' ? { nextImage: reference } : { image: reference }),
      ...(overwrites && { overwriteDisk: true }),
    }
    const done = ({ mac, boots }: Machine) => {
      notifications.show({ message: texts.done(mac, boots), color: 'green' })
      onClose()
    }
    assign.mutate({ params: { mac: machine.mac }, body }, { onSuccess: done })
  }
  return (
    <DialogForm
      deed={overwrites ? texts.deedOverwrite : texts.deed}
      color={overwrites ? 'red' : 'blue'}
      isBusy={assign.isPending}
      error={assign.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <ImageChoice
        value={reference}
        onChange={setReference}
        error={isMissing && reference === '' ? texts.choose : undefined}
        isFirst
      />
      <Radio.Group label={texts.when} value={when} onChange={(value) => setWhen(value as When)}>
        <Stack gap="xs" mt={4}>
          <Radio value="always" label={texts.always} description={texts.alwaysAbout} />
          <Radio value="once" label={texts.once} description={texts.onceAbout} />
        </Stack>
      </Radio.Group>
      <InstalledNotice machine={machine} reference={reference} when={when} />
      {writesDisk && (
        <Alert color="orange" icon={<IconAlertTriangle />} title={texts.disk}>
          <Stack gap="sm">
            <Text size="sm">{texts.diskAbout}</Text>
            <Checkbox
              color="red"
              label={texts.overwrite}
              checked={mayOverwrite}
              onChange={({ currentTarget }) => setMayOverwrite(currentTarget.checked)}
            />
          </Stack>
        </Alert>
      )}
    </DialogForm>
  )
}

type Noticed = { readonly machine: Machine; readonly reference: string; readonly when: When }

/** An image that has installed itself does so again. */
function InstalledNotice({ machine: { installed }, reference, when }: Noticed) {
  if (installed === undefined || partsOf(installed).image !== partsOf(reference).image) return undefined
  return (
    <Alert color="orange" icon={<IconAlertTriangle />}>
      {when === 'once' ? texts.onlyOnce : texts.again(installed)}
    </Alert>
  )
}

/** Whether the release that is followed is a disk image. */
function useWritesDisk(reference: string): boolean {
  const { image, follows } = partsOf(reference)
  const shown = useCall('showImage', { params: { name: image } }, { enabled: image !== '' })
  if (shown.data === undefined) return false
  const { channels, releases } = shown.data
  const number = releaseNow(follows, channels)
  const release = releases.find((one) => one.number === number)
  return release?.variants.some(({ method }) => method === 'disk') ?? false
}
