import { List, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useNavigate } from '@tanstack/react-router'
import { useCall, useChange } from '../../calls.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { forgetTexts as texts } from '../../texts/machine.ts'
import { lostOf } from './lost-of.ts'
import type { AboutMachine } from './machine-dialog.tsx'

/** Says what is lost with this machine, not with machines in general. */
export function ForgetMachine({ machine, opened, onClose }: AboutMachine) {
  const { mac } = machine
  const navigate = useNavigate()
  const values = useCall('listValues', { params: { scope: 'machine', of: mac } }, { enabled: opened })
  const forget = useChange('removeMachine', { touches: ['listMachines'], quiet: true })
  const done = () => {
    notifications.show({ message: texts.done(mac), color: 'green' })
    void navigate({ to: '/machines' })
  }
  return (
    <Confirm
      opened={opened}
      title={texts.title}
      deed={texts.deed}
      isDangerous
      isBusy={forget.isPending}
      error={forget.error}
      onConfirm={() => forget.mutate({ params: { mac } }, { onSuccess: done })}
      onClose={onClose}
    >
      <Text>{texts.about(mac)}</Text>
      <List my="xs">
        {lostOf(machine, values.data?.items.length ?? 0).map((what) => (
          <List.Item key={what}>{what}</List.Item>
        ))}
      </List>
      <Text size="sm">{texts.keeps}</Text>
    </Confirm>
  )
}
