import { type BootEvent, type BootJournal, noJournal } from '../boot-journal.ts'
import type { BootPlan } from '../boot-plan.ts'
import type {
  Asking,
  BootDecision,
  BootSource,
  DiskReport,
  KeyRefused,
  PhoneCall,
  ServedFile,
  StartedBoot,
} from '../boot-source.ts'
import { Counters } from '../counters.ts'
import type { MachineFacts, MachineQuirks } from '../machine.ts'
import { BootQueue } from './boot-queue.ts'
import { RunningBoots, type Transfer } from './running-boots.ts'

export type AdmissionSettings = {
  readonly source: BootSource
  /** Absent: nobody keeps timelines. */
  readonly journal?: BootJournal | undefined
  /** How many machines may boot at once; asked each time. `undefined`: as many as want to. */
  readonly mostBoots: () => number | undefined
  /** Milliseconds. */
  readonly now?: () => number
  /** From 0 to 1, for the pauses. */
  readonly random?: () => number
}

/** Whether a machine that waits would still boot that is asked so often. */
const lookAgainMs = 60_000
/** Apart, so that a thousand machines do not ask at the same time. */
const shortestPause = 5
const longestPause = 15

/**
 * Lets so many machines boot at once and no more: the others wait for their turn, first come first served, and their
 * screens show their place. A boot runs from the moment at which the machine is told to boot something with files
 * until it has `started`, or nothing was heard of it for three minutes and no file is on its way to it. Menus,
 * sign-ins, the local disk, waits and refusals are never queued. A place is kept while its machine asks again at least once
 * a minute.
 *
 * It is a journal, too, since that is where what machines do is told: whoever puts it between a source and the web
 * services must give it to them as both.
 *
 * What a machine that waits would boot is asked of the inner source by `foresee`, once and then once a minute, so
 * `decide` is called only when it may boot. A source without `foresee` is asked by `decide`: what that begins or counts
 * must then stay the same for a machine that asks again within two minutes, else a long wait uses it up.
 *
 * Machines can be made up: one that would boot and then fetches nothing holds its turn for three minutes.
 */
export class AdmittingBootSource implements BootSource, BootJournal {
  readonly #source: BootSource
  readonly #journal: BootJournal
  readonly #mostBoots: () => number | undefined
  readonly #now: () => number
  readonly #random: () => number
  readonly #running: RunningBoots
  readonly #queue: BootQueue
  readonly #counters = new Counters()

  constructor({
    source,
    journal = noJournal,
    mostBoots,
    now = Date.now,
    random = Math.random,
  }: AdmissionSettings) {
    this.#source = source
    this.#journal = journal
    this.#mostBoots = mostBoots
    this.#now = now
    this.#random = random
    this.#running = new RunningBoots(now)
    this.#queue = new BootQueue(now)
  }

  /** Machines that boot now, and that wait for their turn. */
  get load(): { readonly running: number; readonly waiting: number } {
    return { running: this.#running.size, waiting: this.#queue.size }
  }

  /** Since the start: boots that were let in, and machines that had to wait. */
  counters(): Readonly<Record<string, number>> {
    return this.#counters.all()
  }

  async decide(asking: Asking): Promise<BootDecision> {
    const { mac } = asking.machine
    const most = this.#mostBoots()
    if (most === undefined || this.#running.has(mac)) return this.#admit(asking)
    const place = this.#queue.placeOf(mac) ?? this.#queue.size + 1
    return place <= most - this.#running.size ? this.#admit(asking) : this.#hold(asking, most)
  }

  foresee(asking: Asking): Promise<BootDecision> {
    return this.#source.foresee?.(asking) ?? this.#source.decide(asking)
  }

  /** Its turn is taken before anything is awaited: of many at once no more get in than may. */
  async #admit(asking: Asking): Promise<BootDecision> {
    const { mac } = asking.machine
    const isNew = this.#running.begin(mac, asking.from)
    try {
      const decision = await this.#source.decide(asking)
      if (!isBoot(decision.plan)) {
        this.#running.end(mac)
        return decision
      }
      if (isNew) this.#counters.add('admission.admitted')
      this.#queue.leave(mac)
      return decision
    } catch (error) {
      if (isNew) this.#running.end(mac)
      throw error
    }
  }

  async #hold(asking: Asking, most: number): Promise<BootDecision> {
    const { mac } = asking.machine
    const question = JSON.stringify([asking.user, asking.choice])
    const known = this.#queue.get(mac)
    const isSame = known?.question === question
    if (isSame && this.#now() - known.lookedAt < lookAgainMs) return this.#wait(mac, known, most)
    const { plan, ...decision } = await this.foresee(asking)
    if (!isBoot(plan)) {
      if (isSame) this.#queue.leave(mac)
      return { plan, ...decision }
    }
    if (known === undefined) this.#counters.add('admission.queued')
    return this.#wait(mac, { question, title: plan.title, lookedAt: this.#now() }, most)
  }

  #wait(mac: string, waiting: Parameters<BootQueue['ask']>[1], most: number): BootDecision {
    const reason = this.#queue.ask(mac, waiting)
      ? this.#placeText(this.#queue.placeOf(mac) ?? 1, most)
      : 'the queue is full, and this machine has no place in it yet'
    const seconds = shortestPause + this.#random() * (longestPause - shortestPause)
    return { plan: { method: 'wait', reason, seconds, turnFor: waiting.title }, because: reason }
  }

  #placeText(place: number, most: number): string {
    const { averageMs } = this.#running
    const minutes = Math.ceil(((averageMs ?? Number.NaN) * place) / most / 60_000)
    const guess = Number.isFinite(minutes) ? `; about ${Math.max(1, minutes)} min` : ''
    return `place ${place} of ${this.#queue.size} in the queue${guess}`
  }

  note(event: BootEvent): void {
    if ('mac' in event || 'address' in event) this.#running.heard(event, transferIn(event))
    this.#journal.note(event)
  }

  async started(boot: StartedBoot): Promise<void> {
    this.#running.started(boot.machine.mac)
    await this.#source.started?.(boot)
  }

  heard(machine: MachineFacts): void {
    this.#source.heard(machine)
  }

  quirksOf(mac: string): MachineQuirks {
    return this.#source.quirksOf(mac)
  }

  openFile(digest: string): Promise<ServedFile | undefined> {
    return this.#source.openFile(digest)
  }

  async openTreeFile(digest: string, path: string): Promise<ServedFile | undefined> {
    return await this.#source.openTreeFile?.(digest, path)
  }

  async openDocument(
    boot: StartedBoot,
    role: string,
    file: string,
    bootUrl: string,
  ): Promise<string | undefined> {
    return await this.#source.openDocument?.(boot, role, file, bootUrl)
  }

  refused(refusal: KeyRefused): void {
    this.#source.refused?.(refusal)
  }

  async reported(report: DiskReport): Promise<void> {
    await this.#source.reported?.(report)
  }

  async phonedHome(call: PhoneCall): Promise<void> {
    await this.#source.phonedHome?.(call)
  }
}

type Boot = Extract<BootPlan, { readonly title: string }>

const isBoot = (plan: BootPlan): plan is Boot => 'title' in plan

const begins: readonly BootEvent['kind'][] = ['file-begins', 'tftp-begins']

function transferIn(event: BootEvent): Transfer {
  if (!('transfer' in event) || event.transfer === undefined) return {}
  return begins.includes(event.kind) ? { begins: event.transfer } : { ends: event.transfer }
}
