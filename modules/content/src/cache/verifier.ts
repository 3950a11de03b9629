import { type FileHandle, open, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { BlobCorrupt, BlobMissing, type LocalFiles, type PrunableStore } from '../blob-store.ts'
import type { Digest } from '../digest.ts'
import { digestIn } from '../fingerprint/growing-file.ts'
import { Reader } from '../fingerprint/reader.ts'
import type { KeeperNotes } from './keeper-notes.ts'

export type VerifierSettings = {
  readonly store: PrunableStore & LocalFiles
  readonly notes: () => Promise<KeeperNotes>
  /** Removed already. `reason`: {@link BlobCorrupt}, or what the disk said. */
  readonly onCorrupt: (digest: Digest, reason: Error) => void
  readonly now: () => number
}

/** A round over all blobs. */
export type Scrubbed = {
  readonly blobs: number
  readonly bytes: number
  readonly corrupt: readonly Digest[]
  /** Neither good nor bad: nobody could read them, and they were left where they are. */
  readonly unreadable: readonly { readonly digest: Digest; readonly error: unknown }[]
}

/** Several blobs that are verified at once take turns after so many bytes. */
const stepBytes = 16 * 1024 * 1024

/** Of a file that its disk cannot give back any more (errno(3); EUCLEAN: ext4 and XFS found damage, EBADMSG: a checksum). */
const damage = new Set(['EIO', 'EUCLEAN', 'EBADMSG', 'EILSEQ'])

/**
 * Whether the bytes of blobs are still what their names say. Hashing is done by one thread, which starts when it is
 * first needed: the event loop stays free. Memory: 1 MiB for the thread's reading, and the notes.
 */
export class Verifier {
  readonly #settings: VerifierSettings
  readonly #reader = new Reader('digest')
  readonly #stopping = new AbortController()
  readonly #checking = new Map<Digest, Promise<void>>()
  #ids = 0

  constructor(settings: VerifierSettings) {
    this.#settings = settings
  }

  /** Its bytes have just been verified on their way in. */
  async entered(digest: Digest): Promise<void> {
    const notes = await this.#settings.notes()
    notes.verified.set(digest, { at: this.#settings.now(), seal: await this.#sealOf(digest) })
    notes.changed()
  }

  /** When the file that is there now was last verified; `undefined`: never. @throws {BlobMissing} */
  async verifiedAt(digest: Digest): Promise<number | undefined> {
    const { verified } = await this.#settings.notes()
    const noted = verified.get(digest)
    return noted?.seal === (await this.#sealOf(digest)) ? noted.at : undefined
  }

  /** Verifies it, unless its file is the one that was verified. Many may ask at once: it is read once. */
  async checkFirst(digest: Digest): Promise<void> {
    if ((await this.#trustedAt(digest)) !== undefined) return
    const checking =
      this.#checking.get(digest) ?? this.#check(digest).finally(() => this.#checking.delete(digest))
    this.#checking.set(digest, checking)
    await checking
  }

  /** All blobs, those first that nobody has verified for the longest time. @throws the signal's reason */
  async scrub(bytesPerSecond: number, stop: AbortSignal): Promise<Scrubbed> {
    const signal = AbortSignal.any([stop, this.#stopping.signal])
    const round = {
      blobs: 0,
      bytes: 0,
      corrupt: [] as Digest[],
      unreadable: [] as Scrubbed['unreadable'][number][],
    }
    for (const { digest, size } of await this.#oldestFirst(signal)) {
      try {
        await this.#check(digest, { bytesPerSecond, signal })
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof BlobMissing) continue
        if (isCorrupt(error)) round.corrupt.push(digest)
        else round.unreadable.push({ digest, error })
      }
      round.blobs += 1
      round.bytes += size
    }
    return round
  }

  /** What is being verified is rejected. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('verifying was stopped'))
    await this.#reader.stop()
  }

  /** What keeps us from looking at the file is met when it is read. */
  #trustedAt(digest: Digest): Promise<number | undefined> {
    return this.verifiedAt(digest).catch(() => undefined)
  }

  async #oldestFirst(signal: AbortSignal): Promise<{ readonly digest: Digest; readonly size: number }[]> {
    const found: { digest: Digest; size: number; at: number }[] = []
    for await (const { digest, size } of this.#settings.store.list()) {
      signal.throwIfAborted()
      const at = await this.#trustedAt(digest)
      found.push({ digest, size, at: at ?? 0 })
    }
    return found.sort((a, b) => a.at - b.at)
  }

  /** @throws {BlobCorrupt} or what the disk said when it is gone now; {BlobMissing} */
  async #check(digest: Digest, pace?: Pace): Promise<void> {
    this.#stopping.signal.throwIfAborted()
    const { store } = this.#settings
    const opened = store.pathOf(digest).then((path) => open(path, 'r'))
    const file = await opened.catch((error) => this.#refuse(digest, error))
    try {
      const before = await file.stat({ bigint: true })
      const actual = await this.#digestOf(file, Number(before.size), pace)
      if (actual !== digest) throw new BlobCorrupt(digest, actual)
      const notes = await this.#settings.notes()
      notes.verified.set(digest, { at: this.#settings.now(), seal: sealOf(before) })
      notes.changed()
    } catch (error) {
      await this.#refuse(digest, error)
    } finally {
      await file.close()
    }
  }

  /** What is not as it should be goes; what could not be found out stays. */
  async #refuse(digest: Digest, error: unknown): Promise<never> {
    if (!isCorrupt(error)) throw error
    await this.#settings.store.remove(digest)
    const notes = await this.#settings.notes()
    if (notes.verified.delete(digest)) notes.changed()
    this.#settings.onCorrupt(digest, error)
    throw error
  }

  async #digestOf({ fd: file }: FileHandle, size: number, pace?: Pace): Promise<Digest> {
    const id = this.#ids++
    const step =
      pace === undefined ? stepBytes : Math.max(64 * 1024, Math.min(stepBytes, pace.bytesPerSecond / 8))
    try {
      for (let to = step; to < size; to += step) {
        pace?.signal.throwIfAborted()
        await this.#reader.ask({ next: 'read', id, file, from: 0, to: Math.floor(to) })
        if (pace !== undefined) await rest(step, pace)
      }
      const bytes = await this.#reader.ask({ next: 'finish', id, file, from: 0, to: size })
      if (pace !== undefined) await rest(size % step, pace)
      return digestIn(bytes)
    } catch (error) {
      this.#reader.order({ next: 'drop', id })
      throw error
    }
  }

  async #sealOf(digest: Digest): Promise<string> {
    const path = await this.#settings.store.pathOf(digest)
    return sealOf(await stat(path, { bigint: true }))
  }
}

type Pace = { readonly bytesPerSecond: number; readonly signal: AbortSignal }

async function rest(bytes: number, { bytesPerSecond, signal }: Pace): Promise<void> {
  await sleep((bytes / bytesPerSecond) * 1000, undefined, { signal }).catch(() => undefined)
  signal.throwIfAborted()
}

type Stats = Readonly<Record<'size' | 'mtimeNs' | 'ctimeNs' | 'ino', bigint>>

/** Who writes to a file changes its times, ctime even where mtime is set back; who replaces it changes the inode. */
function sealOf({ size, mtimeNs, ctimeNs, ino }: Stats): string {
  return [size, mtimeNs, ctimeNs, ino].join('-')
}

function isCorrupt(error: unknown): error is Error {
  if (error instanceof BlobCorrupt) return true
  return error instanceof Error && damage.has((error as NodeJS.ErrnoException).code ?? '')
}
