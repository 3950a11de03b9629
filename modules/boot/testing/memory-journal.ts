import type { BootEvent, BootJournal } from '@bootcast/boot'

/** A journal that keeps what it is told, for tests. */
export class MemoryJournal implements BootJournal {
  readonly events: BootEvent[] = []

  note(event: BootEvent): void {
    this.events.push(event)
  }

  kinds(): readonly string[] {
    return this.events.map(({ kind }) => kind)
  }
}
