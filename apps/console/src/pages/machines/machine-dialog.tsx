import type { Machine } from '@bootcast/contract'
import { Button, Group, Modal, Stack } from '@mantine/core'
import type { FormEvent, ReactNode } from 'react'
import { Failure } from '../../parts/states.tsx'
import { commonTexts } from '../../texts/common.ts'

/** What each dialog about a machine gets. */
export type AboutMachine = {
  readonly machine: Machine
  readonly opened: boolean
  readonly onClose: () => void
}

type Frame = Pick<AboutMachine, 'opened' | 'onClose'> & {
  readonly title: string
  /** Mounted when it opens, so that each time begins with what is true then. */
  readonly children: ReactNode
}

/** A dialog whose insides begin anew each time. */
export function MachineModal({ opened, onClose, title, children }: Frame) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      size="lg"
      closeButtonProps={{ 'aria-label': commonTexts.close }}
    >
      {children}
    </Modal>
  )
}

type Asked = {
  readonly children: ReactNode
  /** What the button says. */
  readonly deed: string
  readonly color?: string
  readonly isBusy: boolean
  readonly error: Error | null
  readonly onSubmit: () => void
  readonly onClose: () => void
}

/** A form with its button, and what went wrong above that. */
export function DialogForm({ children, deed, color = 'blue', isBusy, error, onSubmit, onClose }: Asked) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {children}
        {error !== null && <Failure error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {commonTexts.cancel}
          </Button>
          <Button type="submit" color={color} loading={isBusy}>
            {deed}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
