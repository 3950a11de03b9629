import type { RouteName } from '@bootcast/contract'
import { useChange } from '../../calls.ts'

/** What the answers say of a machine that was changed. */
export const ofMachines: readonly RouteName[] = ['showMachine', 'listMachines', 'explain', 'previewOpening']

/** Changes a machine; the dialog shows what went wrong. */
export const useMachineChange = () => useChange('changeMachine', { touches: ofMachines, quiet: true })
