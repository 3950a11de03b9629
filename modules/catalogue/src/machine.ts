import type { Architecture, MachineFacts, ProxyDialect } from '@bootcast/boot'

/** A machine that was heard or that an operator decided about. What it says of itself is hearsay. */
export type Machine = Omit<MachineFacts, 'architecture'> & {
  readonly architecture: Architecture
  /** What an operator gave it, as in `image-reference.ts`; `undefined`: the default. */
  readonly image: string | undefined
  /** The same for its next boot only; it goes before `image`. */
  readonly nextImage: string | undefined
  /** Words of operators, by which openings find it. */
  readonly labels: readonly string[]
  /** The release whose installation is done: it starts from its disk. `demo@3` */
  readonly installed: string | undefined
  /** The release that was written to its disk: `demo@3`. */
  readonly deployed: string | undefined
  /** The next deployment may overwrite a disk that is not empty. */
  readonly overwriteDisk: boolean
  readonly proxyDialect: ProxyDialect | undefined
  readonly loader: string | undefined
  /** Milliseconds since 1970, as the others. */
  readonly firstSeenAt: number | undefined
  readonly lastSeenAt: number | undefined
  /** When it last asked what to boot. */
  readonly lastBootAt: number | undefined
  /** The name of the site where it last asked; `undefined`: here. */
  readonly site: string | undefined
}

/** What an operator decides; `null` takes a decision back, an absent key leaves it. */
export type MachineChange = {
  readonly image?: string | null | undefined
  readonly nextImage?: string | null | undefined
  readonly labels?: readonly string[] | undefined
  readonly installed?: string | null | undefined
  readonly deployed?: string | null | undefined
  readonly overwriteDisk?: boolean | undefined
  readonly proxyDialect?: ProxyDialect | null | undefined
  readonly loader?: string | null | undefined
}

/** A machine of which nothing is known but its address. */
export function strangerMachine(mac: string): Machine {
  return {
    mac,
    architecture: 'unknown',
    image: undefined,
    nextImage: undefined,
    labels: [],
    installed: undefined,
    deployed: undefined,
    overwriteDisk: false,
    proxyDialect: undefined,
    loader: undefined,
    firstSeenAt: undefined,
    lastSeenAt: undefined,
    lastBootAt: undefined,
    site: undefined,
  }
}

export class MachineNotFound extends Error {
  override readonly name = 'MachineNotFound'
  readonly code = 'machine_not_found'

  constructor(mac: string) {
    super(`There is no machine ${mac}.`)
  }
}
