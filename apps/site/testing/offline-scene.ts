import type { WholeRelease } from '@bootcast/catalogue'
import { linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import { digestOf, MemoryStore } from '@bootcast/content'
import type { Snapshot, SnapshotMachine } from '@bootcast/uplink'
import { someSnapshot } from '@bootcast/uplink/testing/some-snapshot'
import { ReleaseBook } from '../src/cache/release-book.ts'
import { OfflinePolicy } from '../src/offline/offline-policy.ts'

/** A snapshot in which nothing is said yet, good from 1,000 to 2,000. */
export function plainSnapshot(more: Partial<Snapshot> = {}): Snapshot {
  return {
    ...someSnapshot(0),
    site: { id: 's1', name: 'grenoble', images: 'all' },
    openings: [],
    images: [],
    releases: [],
    references: {},
    users: [],
    ...more,
  }
}

export function machineOf(mac: string, more: Partial<SnapshotMachine> = {}): SnapshotMachine {
  const [machine] = someSnapshot(1).machines
  if (machine === undefined) throw new Error('there is one')
  return { ...machine, mac, image: undefined, labels: [], ...more }
}

/** What a snapshot says of this release, beside machines. */
export const published = (release: WholeRelease) => ({
  releases: [release] as unknown as Snapshot['releases'],
  images: [{ name: release.image, channels: [{ name: 'stable', number: release.number }] }],
  references: { [release.image]: `${release.image}@${release.number}` },
})

/** Policy of the last snapshot over bytes in memory. The clock of the platform stands at 1,500. */
export class OfflineScene {
  readonly blobs = new MemoryStore()
  readonly book = new ReleaseBook()
  now = 1_500
  isTold = true
  snapshot = plainSnapshot()
  readonly policy: OfflinePolicy

  constructor() {
    this.policy = new OfflinePolicy({
      book: this.book,
      blobs: this.blobs as never,
      now: () => this.now,
      isTold: () => this.isTold,
    })
  }

  follow(more: Partial<Snapshot> = {}): void {
    this.snapshot = { ...this.snapshot, ...more }
    this.book.follow(this.snapshot.releases as unknown as readonly WholeRelease[])
    this.policy.follow(this.snapshot)
  }

  /** A release of these bytes, which are here. */
  async release(
    image: string,
    { kernel, initrd, cmdline }: { kernel: Uint8Array; initrd: Uint8Array; cmdline: string },
    number = 1,
  ): Promise<WholeRelease> {
    const put = async (name: string, bytes: Uint8Array) => {
      const { size } = await this.blobs.put(inOnePiece(bytes))
      return { name, digest: digestOf(bytes), size }
    }
    const parts = { kernel: await put('vmlinuz', kernel), initrds: [await put('initrd.img', initrd)] }
    const { channel: _, ...release } = linuxRelease({ ...parts, image, cmdline })
    return { ...release, number }
  }
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
