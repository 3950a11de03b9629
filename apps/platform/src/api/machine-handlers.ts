import { type Decisions, type Machine, sentenceOf } from '@bootcast/catalogue'
import type { Machine as ShownMachine } from '@bootcast/contract'
import type { PhoneLog } from '../installs/phone-log.ts'
import type { MachineRegister } from '../machines/machine-register.ts'
import type { MachineStore } from '../machines/machine-store.ts'
import type { Handlers } from './handlers.ts'
import { Refused } from './problem-response.ts'

type MachineCalls = 'listMachines' | 'showMachine' | 'changeMachine' | 'removeMachine'
export type MachineHandlersOptions = {
  readonly decisions: Decisions
  readonly machines: MachineStore
  readonly register: MachineRegister
  readonly phoneLog: Pick<PhoneLog, 'of'>
  readonly hasLoader: (name: string) => boolean
}

export function machineHandlers(options: MachineHandlersOptions): Pick<Handlers, MachineCalls> {
  const { decisions, machines, register, phoneLog, hasLoader } = options
  const shownOne = async (machine: Machine) => {
    const [shown] = await shownMachines(decisions, [machine])
    if (shown === undefined) throw new Error('a machine went missing on its way out')
    return shown
  }
  return {
    async listMachines({ query }) {
      await register.written()
      const { items, next } = await machines.list(query)
      return { items: await shownMachines(decisions, items), ...(next !== undefined && { next }) }
    },
    async showMachine({ params }) {
      await register.written()
      const shown = await shownOne(await machines.find(params.mac))
      const calls = await phoneLog.of(params.mac)
      return {
        ...shown,
        calls: calls.map(({ at, release, state, text }) => ({
          at: new Date(at).toISOString(),
          release,
          state,
          text,
        })),
      }
    },
    async changeMachine({ params, body }) {
      const { loader } = body
      if (typeof loader === 'string' && !hasLoader(loader))
        throw new Refused(
          'loader_not_found',
          `There is no loader ${loader}; "bootcast loaders list" shows them`,
        )
      await register.written()
      const again = {
        ...(body.overwriteDisk === true && { deployed: null }),
        // Assigned anew, an image installs itself anew.
        ...(body.image !== undefined && { installed: null }),
      }
      return await shownOne(await register.change(params.mac, { ...body, ...again }))
    },
    async removeMachine({ params }) {
      await register.remove(params.mac)
      return undefined
    },
  }
}

/** What each would boot is looked up for all of them at once. */
async function shownMachines(decisions: Decisions, machines: readonly Machine[]): Promise<ShownMachine[]> {
  const decided = await decisions.decideAll(machines.map((machine) => ({ machine })))
  return machines.map((machine, index) => ({
    ...machine,
    labels: [...machine.labels],
    firstSeenAt: timeText(machine.firstSeenAt),
    lastSeenAt: timeText(machine.lastSeenAt),
    lastBootAt: timeText(machine.lastBootAt),
    boots: decided[index] === undefined ? '' : sentenceOf(decided[index]),
  }))
}

const timeText = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at).toISOString()
