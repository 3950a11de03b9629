import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packSoftware } from '@bootcast/uplink'

const ownRoot = join(import.meta.dirname, '../../../..')

/**
 * Which software this process runs. An unpacked one has its digest beside it; of an installation it is what packing
 * gives, which takes a moment and is done when somebody asks.
 */
export class RunningSoftware {
  readonly #version: string
  readonly #root: string
  #digest: string | undefined
  #looking: Promise<string | undefined> | undefined

  constructor(version: string, root = ownRoot) {
    this.#version = version
    this.#root = root
    this.#digest = besideIt(root)
  }

  /** `0.1.0+1a2b3c4d`; without the digest as long as nobody has asked for it. */
  get label(): string {
    const hex = this.#digest?.slice('sha256:'.length, 'sha256:'.length + 8)
    return hex === undefined ? this.#version : `${this.#version}+${hex}`
  }

  /** `undefined`: the installation is not whole, so it is no version that a platform gives out. */
  async digest(): Promise<string | undefined> {
    if (this.#digest !== undefined) return this.#digest
    this.#looking ??= packSoftware(this.#root).then(
      ({ digest }) => digest,
      () => undefined,
    )
    this.#digest = await this.#looking
    return this.#digest
  }
}

function besideIt(root: string): string | undefined {
  try {
    return String(JSON.parse(readFileSync(join(root, 'software.json'), 'utf8')).digest)
  } catch {
    return undefined
  }
}
