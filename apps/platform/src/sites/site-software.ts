import { Readable } from 'node:stream'
import { type PackedSoftware, packSoftware, type ServedBlob, type Snapshot } from '@bootcast/uplink'

export type SiteSoftwareSettings = {
  /** The installation that this platform runs from. */
  readonly root: string
  /** It is there from now on. */
  readonly onReady: () => void
  /** There will be none: sites stay at what they run. */
  readonly onError: (error: unknown) => void
}

/**
 * The software of the sites of this platform: what a site needs out of the files that this platform runs from, packed
 * once, when there is a site. Nobody waits for it. Memory: the packed file, about 1.4 MiB.
 */
export class SiteSoftware {
  readonly #settings: SiteSoftwareSettings
  #packing: Promise<void> | undefined
  #packed: PackedSoftware | undefined

  constructor(settings: SiteSoftwareSettings) {
    this.#settings = settings
  }

  /** Fulfilled when it is there, or will never be. */
  begin(): Promise<void> {
    this.#packing ??= this.#pack()
    return this.#packing
  }

  /** As sites are told. `undefined`: it is not there yet. */
  get offered(): Snapshot['software'] {
    if (this.#packed === undefined) return undefined
    const { version, digest, bytes } = this.#packed
    return { version, digest, size: bytes.length }
  }

  open(digest: string): ServedBlob | undefined {
    const packed = this.#packed
    if (packed?.digest !== digest) return undefined
    return {
      size: packed.bytes.length,
      read: async (first, last) => Readable.from([packed.bytes.subarray(first, last + 1)]),
    }
  }

  async #pack(): Promise<void> {
    const { root, onReady, onError } = this.#settings
    try {
      this.#packed = await packSoftware(root)
    } catch (error) {
      onError(error)
      return
    }
    onReady()
  }
}
