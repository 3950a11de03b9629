import { Button, Group, Modal, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { commonTexts as texts } from '../texts/common.ts'
import { Failure } from './states.tsx'

type Asked = {
  readonly opened: boolean
  readonly title: string
  /** What will happen, to what, and whether it can be undone. */
  readonly children: ReactNode
  /** What the button says: the deed, never "OK". */
  readonly deed: string
  readonly isDangerous?: true
  readonly isBusy?: boolean
  readonly error?: Error | null
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Nothing is changed for good without this. */
export function Confirm({ opened, title, children, deed, isBusy, error, onConfirm, onClose, ...how }: Asked) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': texts.close }}>
      <Stack>
        <div>{children}</div>
        {error && <Failure error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {texts.cancel}
          </Button>
          <Button color={how.isDangerous ? 'red' : 'blue'} loading={isBusy === true} onClick={onConfirm}>
            {deed}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
