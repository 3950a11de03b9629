import type { Machine } from '@bootcast/contract'
import { AnswerDialog } from './answer-dialog.tsx'
import { AssignDialog } from './assign-dialog.tsx'
import { ForgetMachine } from './forget-machine.tsx'
import { LabelsDialog } from './labels-dialog.tsx'
import { TakeBackImage } from './take-back-image.tsx'

const dialogs = {
  assign: AssignDialog,
  labels: LabelsDialog,
  answer: AnswerDialog,
  forget: ForgetMachine,
  'take-back': TakeBackImage,
} as const
export type MachineDialog = keyof typeof dialogs

type Shown = {
  readonly machine: Machine
  /** Absent: none. */
  readonly dialog: MachineDialog | undefined
  readonly onClose: () => void
}

/** What is asked before a machine is changed; one at a time. */
export function MachineDialogs({ machine, dialog, onClose }: Shown) {
  return Object.entries(dialogs).map(([name, Dialog]) => (
    <Dialog key={name} machine={machine} opened={dialog === name} onClose={onClose} />
  ))
}
