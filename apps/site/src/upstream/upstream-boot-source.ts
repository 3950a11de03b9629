import type {
  Asking,
  BootDecision,
  BootLog,
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
import type { Refusals } from './refusals.ts'

export type UpstreamBootSourceSettings = {
  readonly uplink: Pick<UplinkClient, 'call'>
  /** What is decided by while the upstream is away, and where bytes are found at all times. */
  readonly offline: OfflinePolicy
  readonly book: ReleaseBook
  readonly outbox: Outbox
  readonly heard: Pick<HeardMachines, 'add'>
  readonly refusals: Pick<Refusals, 'add'>
  /** Hears that a machine boots this release: `demo@3`. */
  readonly onBoot: (release: string) => void
  readonly log: BootLog
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
    if (release !== undefined) {
      const read = wholeReleaseSchema.safeParse(release)
      if (!read.success) return tooNew(`${release.image} ${release.number}`)
      book.know(read.data)
    }
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

  /** The machine has all its bytes: what cannot be kept or told of that must not take the last ones from it. */
  async started(boot: StartedBoot): Promise<void> {
    const { offline, outbox, log } = this.#settings
    await offline.source.started(boot)
    await outbox.add('started', boot).catch((error: unknown) =>
      log('error', 'that a machine has started is not known to the platform', {
        mac: boot.machine.mac,
        reason: String(error),
      }),
    )
  }

  /** How far a disk is stands in its timeline; only that it is done changes what the machine boots. */
  async reported(report: DiskReport): Promise<void> {
    const { offline, outbox } = this.#settings
    await offline.source.reported(report)
    if (report.state === 'done') await outbox.add('reported', report)
  }

  async phonedHome(call: PhoneCall): Promise<void> {
    await this.#settings.offline.source.phonedHome(call)
    await this.#settings.outbox.add('phonedHome', call)
  }

  refused(refusal: KeyRefused): void {
    // A line for the audit of the platform; the timeline of the machine has it anyhow.
    this.#settings.refusals.add(refusal)
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

const tooNewSeconds = 60

/** Of a kind that only a newer version knows: a machine that is told to boot it would find no files. */
function tooNew(release: string): BootDecision {
  const reason = `${release} needs a newer version of Bootcast than this site has`
  return { plan: { method: 'wait', reason, seconds: tooNewSeconds }, because: reason }
}

const revoked: BootDecision = {
  plan: {
    method: 'wait',
    reason: 'this site was revoked: its platform lets it boot nothing',
    seconds: revokedSeconds,
  },
  because: 'the site was revoked',
}
