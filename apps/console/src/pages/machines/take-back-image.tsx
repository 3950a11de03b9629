import { Text } from '@mantine/core'
import { Confirm } from '../../parts/confirm.tsx'
import { assignTexts as texts } from '../../texts/machine.ts'
import type { AboutMachine } from './machine-dialog.tsx'
import { useMachineChange } from './use-machine-change.ts'

/** The image of its own is taken from a machine. */
export function TakeBackImage({ machine: { mac, image = '' }, opened, onClose }: AboutMachine) {
  const change = useMachineChange()
  return (
    <Confirm
      opened={opened}
      title={texts.backTitle}
      deed={texts.backDeed}
      isBusy={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate({ params: { mac }, body: { image: null } }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <Text mb="xs">{texts.back(mac, image)}</Text>
      <Text>{texts.backKeeps}</Text>
    </Confirm>
  )
}
