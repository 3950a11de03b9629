import { type BootCodes, type ShownCode as CodeShown, whyClosed } from '@bootcast/boot'
import type { Explanation } from '@bootcast/contract'
import { menuOf } from '../boot/menu-of.ts'
import type { CatalogueStore } from '../catalogue/catalogue-store.ts'
import type { Attempts } from '../identity/attempts.ts'
import { MachineNotFound } from '../machines/machine.ts'
import { type MachineRegister, strangerMachine } from '../machines/machine-register.ts'
import type { MachineStore } from '../machines/machine-store.ts'
import type { OpeningRegister } from '../openings/opening-register.ts'
import type { Decisions } from '../policy/decisions.ts'
import { usualMenu } from '../policy/menu-settings.ts'
import type { Handlers } from './handlers.ts'
import { Refused } from './problem-response.ts'

type BootScreenCalls = 'explain' | 'showCode' | 'approveCode' | 'denyCode'
export type BootScreenHandlersOptions = {
  readonly codes: BootCodes
  readonly decisions: Decisions
  readonly machines: MachineStore
  readonly register: MachineRegister
  readonly openings: Pick<OpeningRegister, 'meaning' | 'underWay'>
  readonly catalogue: CatalogueStore
  readonly imagesOf: (user: string) => Promise<'all' | ReadonlySet<string>>
  /** Wrong codes count as wrong passwords do. */
  readonly attempts: Attempts
  readonly now?: () => number
}

/** What machines show, as people who sit elsewhere see it and decide about it. */
export function bootScreenHandlers(options: BootScreenHandlersOptions): Pick<Handlers, BootScreenCalls> {
  const { codes, decisions } = options
  const shownTo = (user: string, from: string, code: string): CodeShown => {
    options.attempts.begin(`code of ${user}`, from)
    const shown = codes.find(code)
    if (shown === undefined) throw noSuchCode(code)
    options.attempts.succeeded(`code of ${user}`, from)
    return shown
  }
  return {
    async explain({ query }) {
      const { mac, address: from, user, image: choice } = query
      const machine = await knownMachine(options, mac)
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
    async showCode({ params, user, from }) {
      const { code, session, expiresAt } = shownTo(user, from, params.code)
      const { mac, manufacturer, product, serial } = session.machine
      const machine = { ...(await knownMachine(options, mac)), ...session.machine }
      const images = await options.imagesOf(user)
      const { catalogue } = options
      const menu = await menuOf({
        catalogue,
        machine,
        settings: usualMenu,
        open: [],
        user: { name: user, images },
      })
      return {
        code,
        mac,
        address: session.address,
        manufacturer,
        product,
        serial,
        expiresAt: new Date(expiresAt).toISOString(),
        images: menu.images.map(({ reference: image, text, unfit }) => ({ image, text, unfit })),
      }
    },
    async approveCode({ params, body, user, from }) {
      shownTo(user, from, params.code)
      if (!codes.approve(params.code, user, body.image)) throw noSuchCode(params.code)
      return undefined
    },
    async denyCode({ params, user, from }) {
      shownTo(user, from, params.code)
      if (!codes.deny(params.code)) throw noSuchCode(params.code)
      return undefined
    },
  }
}

const noSuchCode = (code: string) =>
  new Refused(
    'code_not_found',
    `No machine shows the code ${code} now. Codes last ten minutes; the screen shows the newest one`,
  )

/** Also one that was never heard: what would it get? */
async function knownMachine({ machines, register }: BootScreenHandlersOptions, mac: string) {
  await register.written()
  return await machines.find(mac).catch((error: unknown) => {
    if (error instanceof MachineNotFound) return strangerMachine(mac)
    throw error
  })
}

function explained(
  { openings, now = Date.now }: BootScreenHandlersOptions,
  machine: Awaited<ReturnType<typeof knownMachine>>,
  from: string | undefined,
): Explanation['openings'] {
  const meant = openings.meaning({ ...machine, site: undefined, address: from ?? machine.address })
  const underWay = openings.underWay(machine.mac, meant)
  return meant.map((opening) => {
    const because = whyClosed(opening, now(), underWay.has(opening.id))
    const { id, reference: image, boots: boot } = opening
    return { id, image, boot, counts: because === undefined, ...(because !== undefined && { because }) }
  })
}
