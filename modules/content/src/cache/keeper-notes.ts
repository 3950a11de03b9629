import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Digest, parseDigest } from '../digest.ts'

/** When a blob was last verified, and what its file looked like then. */
export type Verification = { readonly at: number; readonly seal: string }

const version = 1

/**
 * What a keeper wants to know after a restart: when groups were last used, and when blobs were last verified. All of
 * it is one JSON file, written whole: about 130 bytes for each blob and 30 for each group, in memory twice that. A
 * change is written within `writeEveryMs`, in one go with those that follow (temporary file, fsync, rename), so a
 * crash costs the last seconds. A file that is missing or broken is an empty one: the order of use is lost then, and
 * each blob is verified again when it is first used.
 */
export class KeeperNotes {
  readonly used: Map<string, number>
  readonly verified: Map<Digest, Verification>
  readonly #settings: NotesSettings
  readonly #stopping = new AbortController()
  #writing: Promise<void> | undefined
  #isChanged = false

  private constructor(settings: NotesSettings, { used, verified }: Content) {
    this.#settings = settings
    this.used = new Map(used)
    this.verified = new Map(verified)
  }

  static async open(settings: NotesSettings): Promise<KeeperNotes> {
    const text = await readFile(settings.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') settings.onTrouble(error)
    })
    return new KeeperNotes(settings, text === undefined ? { used: [], verified: [] } : parse(text, settings))
  }

  /** To be called after a change of the maps. */
  changed(): void {
    this.#isChanged = true
    this.#writing ??= this.#writeBehind().finally(() => {
      this.#writing = undefined
      if (this.#isChanged && !this.#stopping.signal.aborted) this.changed()
    })
  }

  /** Writes what is not written yet. */
  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#writing
    if (this.#isChanged) await this.#write()
  }

  async #writeBehind(): Promise<void> {
    const { signal } = this.#stopping
    await sleep(this.#settings.writeEveryMs, undefined, { signal, ref: false }).catch(() => undefined)
    await this.#write()
  }

  /** What could not be written is written with the next change. */
  async #write(): Promise<void> {
    this.#isChanged = false
    const { file } = this.#settings
    const text = JSON.stringify({ version, used: [...this.used], verified: [...this.verified] })
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o750 })
      const temporary = `${file}.new`
      const handle = await open(temporary, 'w', 0o640)
      try {
        await handle.writeFile(text)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(temporary, file)
    } catch (error) {
      this.#settings.onTrouble(error)
    }
  }
}

export type NotesSettings = {
  readonly file: string
  readonly writeEveryMs: number
  readonly now: () => number
  /** The file could not be read or written. Nothing stops for it. */
  readonly onTrouble: (error: unknown) => void
}

type Content = {
  readonly used: readonly (readonly [string, number])[]
  readonly verified: readonly (readonly [Digest, Verification])[]
}

/** What is not as we write it is left out. Times that are still to come are from a clock that was wrong. */
function parse(text: string, { now, onTrouble }: NotesSettings): Content {
  const latest = now()
  const time = (value: unknown) => (Number.isFinite(value) ? Math.min(value as number, latest) : undefined)
  try {
    const content = (JSON.parse(text) ?? {}) as Record<string, unknown>
    if (content['version'] !== version) throw new Error(`version ${content['version']} is not known`)
    const used = pairsIn(content['used']).flatMap(([name, value]) => {
      const at = time(value)
      return at === undefined ? [] : [[name, at] as const]
    })
    const verified = pairsIn(content['verified']).flatMap(([name, value]) => {
      const digest = parseDigest(name)
      const { at: verifiedAt, seal } = (value ?? {}) as Record<string, unknown>
      const at = time(verifiedAt)
      if (digest === undefined || at === undefined || typeof seal !== 'string') return []
      return [[digest, { at, seal }] as const]
    })
    return { used, verified }
  } catch (error) {
    onTrouble(error)
    return { used: [], verified: [] }
  }
}

function pairsIn(value: unknown): (readonly [string, unknown])[] {
  if (!Array.isArray(value)) return []
  return value.filter((pair) => Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string')
}
