import { type Boot, BootNotFound, type Line } from '../src/boots/boot.ts'
import { type BootRecord, type BootStore, MarkMoved, type SiteMark } from '../src/boots/boot-store.ts'

/** Boots in memory, for tests; `broken` makes every call fail, `hanging` makes a save wait. */
export class MemoryBootStore implements BootStore {
  readonly boots = new Map<string, { boot: Boot; lines: Map<number, Line> }>()
  readonly marks = new Map<string, number>()
  readonly saves: number[] = []
  broken: Error | undefined
  hanging: Promise<void> | undefined

  async save(records: readonly BootRecord[], mark?: SiteMark): Promise<void> {
    this.saves.push(records.length)
    await this.hanging
    if (this.broken !== undefined) throw this.broken
    if (mark !== undefined) {
      if ((await this.markOf(mark.site)) !== mark.from) throw new MarkMoved(mark)
      this.marks.set(mark.site, mark.upTo)
    }
    for (const { boot, lines } of records) {
      const known = this.boots.get(boot.id) ?? { boot, lines: new Map<number, Line>() }
      for (const line of lines) known.lines.set(line.n, line)
      this.boots.set(boot.id, { ...known, boot })
    }
  }

  async markOf(site: string): Promise<number> {
    return this.marks.get(site) ?? 0
  }

  async list() {
    return { items: [...this.boots.values()].map(({ boot }) => boot).reverse(), next: undefined }
  }

  async sums() {
    return { byHour: [], bySite: [], knownSince: undefined }
  }

  async find(id: string): Promise<BootRecord> {
    const found = this.boots.get(id)
    if (found === undefined) throw new BootNotFound(id)
    return { boot: found.boot, lines: [...found.lines.values()].sort((one, other) => one.n - other.n) }
  }

  async unfinished(_most?: number, site?: string): Promise<readonly Boot[]> {
    const boots = [...this.boots.values()].map(({ boot }) => boot)
    return boots.filter(({ closedAt, facts }) => closedAt === undefined && facts.site === site).reverse()
  }

  async prune(): Promise<number> {
    return 0
  }
}
