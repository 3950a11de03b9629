import type {
  Asking,
  BootDecision,
  BootSource,
  DiskReport,
  KeyRefused,
  MachineFacts,
  MachineQuirks,
  PhoneCall,
  ServedFile,
  StartedBoot,
} from '@bootcast/boot'
import { wholeReleaseSchema } from '@bootcast/catalogue'
import { SiteRevoked, type UplinkClient, UpstreamAway } from '@bootcast/uplink'
import type { ReleaseBook } from '../cache/release-book.ts'
import type { Outbox } from '../kept/outbox.ts'
import type { OfflinePolicy } from '../offline/offline-policy.ts'
import type { HeardMachines } from './heard-machines.ts'

export type UpstreamBootSourceSettings = {
  readonly uplink: UplinkClient
  /** What is decided by while the upstream is away, and where bytes are found at all times. */
  readonly offline: OfflinePolicy
  readonly book: ReleaseBook
  readonly outbox: Outbox
  readonly heard: HeardMachines
  /** Hears that a machine boots this release: `demo@3`. */
  readonly onBoot: (release: string) => void
}

const revokedSeconds = 60

/**
 * What machines of a site boot: the upstream decides, and where it cannot be reached its last snapshot. What they tell
 * goes up when it can. Bytes are those of the site's own cache.
 */
export class UpstreamBootSource implements BootSource {
  readonly #settings: UpstreamBootSourceSettings

  constructor(settings: UpstreamBootSourceSettings) {
    this.#settings = settings
  }

  async decide(asking: Asking): Promise<BootDecision> {
    const decision = await this.#decide(asking)
    if (decision.release !== undefined) this.#settings.onBoot(decision.release)
    return decision
  }

  async #decide(asking: Asking): Promise<BootDecision> {
    try {
      return await this.#askUpstream(asking)
    } catch (error) {
      if (error instanceof SiteRevoked) return revoked
      if (!(error instanceof UpstreamAway)) throw error
      return await this.#settings.offline.source.decide(asking)
    }
  }

  async #askUpstream({ machine, from, user, choice }: Asking): Promise<BootDecision> {
    const { uplink, book } = this.#settings
    const question = {
      machine,
      from,
      ...(user !== undefined && { user }),
      ...(choice !== undefined && { choice }),
    }
    const { decision, places, release } = await uplink.call('decide', question)
    if (release !== undefined) book.know(wholeReleaseSchema.parse(release))
    for (const [digest, { blob, offset, size, blobSize }] of Object.entries(places))
      book.knowFile({ digest, location: { blob, offset, size }, size: blobSize })
    return decision
  }

  heard(machine: MachineFacts): void {
    this.#settings.heard.add(machine)
  }

  quirksOf(mac: string): MachineQuirks {
    return this.#settings.offline.source.quirksOf(mac)
  }

  openFile(digest: string): Promise<ServedFile | undefined> {
    return this.#settings.offline.source.openFile(digest)
  }

  openTreeFile(digest: string, path: string): Promise<ServedFile | undefined> {
    return this.#settings.offline.source.openTreeFile(digest, path)
  }

  async started(boot: StartedBoot): Promise<void> {
    await this.#settings.offline.source.started(boot)
    await this.#settings.outbox.add('started', boot)
  }

  async reported(report: DiskReport): Promise<void> {
    await this.#settings.offline.source.reported(report)
    await this.#settings.outbox.add('reported', report)
  }

  async phonedHome(call: PhoneCall): Promise<void> {
    await this.#settings.offline.source.phonedHome(call)
    await this.#settings.outbox.add('phonedHome', call)
  }

  refused(refusal: KeyRefused): void {
    // A line for the audit of the platform; the timeline of the machine has it anyhow.
    this.#settings.uplink.call('refused', { refusals: [refusal] }).catch(() => undefined)
  }

  async openDocument(
    boot: StartedBoot,
    role: string,
    file: string,
    bootUrl: string,
  ): Promise<string | undefined> {
    const { text } = await this.#settings.uplink.call('document', { boot, role, file, bootUrl })
    return text
  }
}

const revoked: BootDecision = {
  plan: {
    method: 'wait',
    reason: 'this site was revoked: its platform lets it boot nothing',
    seconds: revokedSeconds,
  },
  because: 'the site was revoked',
}
