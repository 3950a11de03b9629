import type { BootCodes } from '@bootcast/boot'
import { type Machine, menuOf, usualMenu } from '@bootcast/catalogue'
import { bootCodeSchema, type ShownCode } from '@bootcast/contract'
import type { Audit } from '../audit/audit.ts'
import type { CatalogueStore } from '../catalogue/catalogue-store.ts'
import type { Attempts } from '../identity/attempts.ts'
import type { BootRights } from '../identity/grants.ts'
import { noSuchCode } from './no-such-code.ts'
import { Refused } from './problem-response.ts'

export type CodeDeskOptions = {
  readonly codes: BootCodes
  /** Whether it is a command that shows these letters: then they are no wrong guess. */
  readonly isOfCommand: (typed: string) => boolean
  readonly catalogue: CatalogueStore
  readonly rights: BootRights
  /** A machine with all that is known of it; also one that was never heard. */
  readonly machineOf: (mac: string) => Promise<Machine>
  /** Wrong codes count as wrong passwords do. */
  readonly attempts: Attempts
  readonly audit: Audit
}

/** Who decides about a code, and from where. */
export type Approver = { readonly user: string; readonly from: string }

/** Which machine it was. */
export type DecidedMachine = Pick<ShownCode, 'mac' | 'manufacturer' | 'product'>

/** Codes on the screens of machines, for people who sit elsewhere: by the API and by a page. */
export class CodeDesk {
  readonly #options: CodeDeskOptions

  constructor(options: CodeDeskOptions) {
    this.#options = options
  }

  /** The machine that shows a code, and what the approver may boot there. @throws {Refused | TooManyAttempts} */
  async show(typed: string, approver: Approver): Promise<ShownCode> {
    const { catalogue, rights, machineOf } = this.#options
    const { code, session, expiresAt } = this.#find(typed, approver)
    const { mac, manufacturer, product, serial } = session.machine
    const machine = { ...(await machineOf(mac)), ...session.machine }
    const user = { name: approver.user, images: await rights.allowedImages(approver.user) }
    const menu = await menuOf({ catalogue, machine, settings: usualMenu, open: [], user })
    return {
      code,
      mac,
      address: session.address,
      site: session.site,
      manufacturer,
      product,
      serial,
      expiresAt: new Date(expiresAt).toISOString(),
      images: menu.images.map(({ reference: image, text, unfit }) => ({ image, text, unfit })),
    }
  }

  /** The machine goes on as the approver; straight to `image` when one is given, if they may boot it. @returns which */
  approve(typed: string, approver: Approver, image: string | undefined): DecidedMachine {
    const machine = this.#find(typed, approver).session.machine
    const { mac } = machine
    if (!this.#options.codes.approve(plainCode(typed), approver.user, image)) throw noSuchCode(typed)
    this.#note(approver, 'bootSignIn', image === undefined ? mac : `${mac} ${image}`)
    return machine
  }

  /** @returns which machine was refused */
  deny(typed: string, approver: Approver): DecidedMachine {
    const machine = this.#find(typed, approver).session.machine
    if (!this.#options.codes.deny(plainCode(typed))) throw noSuchCode(typed)
    this.#note(approver, 'bootSignInDenied', machine.mac)
    return machine
  }

  #find(typed: string, { user, from }: Approver) {
    const { attempts, codes, isOfCommand } = this.#options
    const who = `code of ${user}`
    attempts.begin(who, from)
    const code = plainCode(typed)
    const shown = codes.find(code)
    if (shown === undefined && !isOfCommand(code)) throw noSuchCode(typed)
    attempts.succeeded(who, from)
    if (shown === undefined) throw ofCommand()
    return shown
  }

  #note({ user: who, from }: Approver, action: string, about: string): void {
    this.#options.audit.note({ who, action, about, from })
  }
}

const plainCode = (typed: string): string => {
  const parsed = bootCodeSchema.safeParse(typed)
  return parsed.success ? parsed.data : ''
}

const ofCommand = () =>
  new Refused(
    'code_not_found',
    'That code is not of a machine but of a bootcast command that wants to sign in. Only a browser decides about it: open /activate of this platform',
  )
