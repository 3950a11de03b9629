import type { MachineFacts, MachineQuirks } from '@bootcast/boot'
import { type Machine, type MachineChange, type Machines, strangerMachine } from '@bootcast/catalogue'

/** What changed here since the snapshot was made, until the next one. */
export class MachineChanges {
  readonly #changes = new Map<string, MachineChange>()

  of(mac: string): MachineChange | undefined {
    return this.#changes.get(mac)
  }

  note(mac: string, change: MachineChange): void {
    const before = this.#changes.get(mac)
    this.#changes.delete(mac)
    this.#changes.set(mac, { ...before, ...change })
    const [oldest] = this.#changes.keys()
    if (this.#changes.size > mostChanges && oldest !== undefined) this.#changes.delete(oldest)
  }

  forget(): void {
    this.#changes.clear()
  }
}

const mostChanges = 20_000

export type SnapshotMachinesSettings = {
  readonly machines: readonly Machine[]
  readonly changes: MachineChanges
}

/** Machines as the snapshot has them. What happens to them is told to the upstream by others, when it is there. */
export class SnapshotMachines implements Machines {
  readonly #byMac: ReadonlyMap<string, Machine>
  readonly #changes: MachineChanges

  constructor({ machines, changes }: SnapshotMachinesSettings) {
    this.#byMac = new Map(machines.map((machine) => [machine.mac, machine]))
    this.#changes = changes
  }

  async boots(facts: MachineFacts): Promise<Machine> {
    return await this.knownWith(facts)
  }

  async knownWith({ architecture = 'unknown', ...facts }: MachineFacts): Promise<Machine> {
    const known = this.#byMac.get(facts.mac) ?? strangerMachine(facts.mac)
    const { nextImage, image, installed, deployed, ...change } = this.#changes.of(facts.mac) ?? {}
    return {
      ...known,
      ...facts,
      architecture: architecture === 'unknown' ? known.architecture : architecture,
      nextImage: nextImage === undefined ? known.nextImage : (nextImage ?? undefined),
      image: image === undefined ? known.image : (image ?? undefined),
      installed: installed === undefined ? known.installed : (installed ?? undefined),
      deployed: deployed === undefined ? known.deployed : (deployed ?? undefined),
      overwriteDisk: change.overwriteDisk ?? known.overwriteDisk,
    }
  }

  async change(mac: string, change: MachineChange): Promise<void> {
    this.#changes.note(mac, change)
  }

  heard(): void {}

  quirksOf(mac: string): MachineQuirks {
    const { proxyDialect, loader } = this.#byMac.get(mac) ?? {}
    return { ...(proxyDialect && { proxyDialect }), ...(loader && { loader }) }
  }
}
