import { type BootEvent, type BootJournal, tame } from '@bootcast/boot'

/** Another DHCP server, as its broadcasts were heard. Times are milliseconds since 1970. */
export type HeardServer = {
  readonly address: string
  readonly firstAt: number
  readonly lastAt: number
  readonly times: number
  /** The address that it gave last. */
  readonly offered?: string | undefined
  readonly file?: string | undefined
  readonly fileServer?: string | undefined
  readonly isBootServer: boolean
}

export type Heard = {
  readonly since: number
  readonly lastAt: number | undefined
  /** Of clients; `bootMessages`: of machines that boot. */
  readonly messages: number
  readonly bootMessages: number
  /** The last one heard first. */
  readonly servers: readonly HeardServer[]
}

type OtherOffer = Extract<BootEvent, { readonly kind: 'other-offer' }>

/** An address costs nothing to make up. When more servers speak, those that were silent for longest are forgotten. */
const mostServers = 32

/** What of all events says how the network is. Memory: 32 servers. */
export class HeardDhcp implements BootJournal {
  readonly #now: () => number
  readonly #since: number
  readonly #servers = new Map<string, HeardServer>()
  #lastAt: number | undefined
  #messages = 0
  #bootMessages = 0

  constructor({ now = Date.now }: { readonly now?: () => number } = {}) {
    this.#now = now
    this.#since = now()
  }

  note(event: BootEvent): void {
    if (event.kind === 'other-offer') this.#heardServer(event)
    if (event.kind !== 'discover' && event.kind !== 'request' && event.kind !== 'system') return
    this.#lastAt = this.#now()
    this.#messages += 1
    if (event.kind !== 'system') this.#bootMessages += 1
  }

  /** The same journal, heard by this one, too. */
  before(journal: BootJournal): BootJournal {
    return {
      note: (event) => {
        this.note(event)
        journal.note(event)
      },
    }
  }

  get heard(): Heard {
    return {
      ...{ since: this.#since, lastAt: this.#lastAt },
      ...{ messages: this.#messages, bootMessages: this.#bootMessages },
      servers: [...this.#servers.values()].reverse(),
    }
  }

  #heardServer({ server, offered, file, fileServer, isBootServer }: OtherOffer): void {
    const at = this.#now()
    const known = this.#servers.get(server)
    this.#servers.delete(server)
    const [longestSilent] = this.#servers.keys()
    if (this.#servers.size >= mostServers && longestSilent !== undefined) this.#servers.delete(longestSilent)
    this.#servers.set(server, {
      ...{ address: server, firstAt: known?.firstAt ?? at, lastAt: at, times: (known?.times ?? 0) + 1 },
      offered: offered ?? known?.offered,
      // What it tells one machine it may not tell another: what it ever named can be in the way.
      ...(file === undefined
        ? { file: known?.file, fileServer: known?.fileServer }
        : { file: tame(file), fileServer }),
      isBootServer: isBootServer === true || known?.isBootServer === true,
    })
  }
}
