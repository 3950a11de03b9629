import type { BootEvent, BootJournal } from '@bootcast/boot'
import type { EventQueue } from './event-queue.ts'

/** What happens at a site, for the upstream to put into timelines. */
export class QueueingJournal implements BootJournal {
  readonly #queue: Pick<EventQueue, 'append'>
  readonly #now: () => number

  constructor(queue: Pick<EventQueue, 'append'>, now: () => number = Date.now) {
    this.#queue = queue
    this.#now = now
  }

  note(event: BootEvent): void {
    this.#queue.append(event, this.#now())
  }
}
