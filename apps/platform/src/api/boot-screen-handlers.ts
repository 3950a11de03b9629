import { whyClosed } from '@bootcast/boot'
import type { Decisions, Machine } from '@bootcast/catalogue'
import type { Explanation } from '@bootcast/contract'
import type { OpeningRegister } from '../openings/opening-register.ts'
import type { CodeDesk } from './code-desk.ts'
import type { Handlers } from './handlers.ts'

type BootScreenCalls = 'explain' | 'showCode' | 'approveCode' | 'denyCode'
export type BootScreenHandlersOptions = {
  readonly desk: CodeDesk
  readonly decisions: Decisions
  /** A machine with all that is known of it; also one that was never heard. */
  readonly machineOf: (mac: string) => Promise<Machine>
  readonly openings: Pick<OpeningRegister, 'meaning' | 'underWay'>
  readonly now?: () => number
}

/** What machines show, as people who sit elsewhere see it and decide about it. */
export function bootScreenHandlers(options: BootScreenHandlersOptions): Pick<Handlers, BootScreenCalls> {
  const { desk, decisions, machineOf } = options
  return {
    async explain({ query }) {
      const { mac, address: from, user, image: choice } = query
      const machine = await machineOf(mac)
      const { verdict, considered } = await decisions.decide({ machine, from, user, choice })
      return {
        mac,
        does: verdict.do,
        ...(verdict.do === 'boot' && { release: verdict.release }),
        because: verdict.because,
        rules: considered.map((one) => ({
          rule: one.rule,
          decided: 'verdict' in one,
          because: 'verdict' in one ? one.verdict.because : one.passed,
        })),
        openings: explained(options, machine, from),
      }
    },
    showCode: async ({ params, user, from }) => desk.show(params.code, { user, from }),
    async approveCode({ params, body, user, from }) {
      desk.approve(params.code, { user, from }, body.image)
      return undefined
    },
    async denyCode({ params, user, from }) {
      desk.deny(params.code, { user, from })
      return undefined
    },
  }
}

function explained(
  { openings, now = Date.now }: BootScreenHandlersOptions,
  machine: Machine,
  from: string | undefined,
): Explanation['openings'] {
  const meant = openings.meaning({ ...machine, address: from ?? machine.address })
  const underWay = openings.underWay(machine.mac, meant)
  return meant.map((opening) => {
    const because = whyClosed(opening, now(), underWay.has(opening.id))
    const { id, reference: image, boots: boot } = opening
    return { id, image, boot, counts: because === undefined, ...(because !== undefined && { because }) }
  })
}
