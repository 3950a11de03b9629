import type { Build } from '@bootcast/contract'
import { widthOf } from './output.ts'
import { fit, plain } from './plain-text.ts'
import type { World } from './world.ts'

const quietMilliseconds = 10_000

/** How far a build is, in words: `build demo: 42%, unpacking`. */
export function buildProgressText({ image, state, percent, note }: Build): string {
  const said = [percent === undefined ? undefined : `${percent}%`, note].filter((one) => one !== undefined)
  return plain(`build ${image}: ${state === 'running' && said.length > 0 ? said.join(', ') : state}`)
}

/** How far a build is, on stderr: one redrawn line on a terminal, elsewhere a line now and then. */
export class BuildLine {
  readonly #world: World
  readonly #redraws: boolean
  #said = ''
  #state = ''
  #saidAt = 0

  constructor(world: World) {
    this.#world = world
    this.#redraws = world.stderr.isTTY === true && world.mayRedraw
  }

  at(build: Build): void {
    const text = buildProgressText(build)
    if (text === this.#said) return
    if (this.#redraws) {
      this.#said = text
      const columns = (widthOf(this.#world.stderr) ?? 80) - 3
      this.#world.stderr.write(`\r${fit(text, columns)}\u{1b}[K`)
      return
    }
    const now = this.#world.now()
    if (build.state === this.#state && now - this.#saidAt < quietMilliseconds) return
    this.#said = text
    this.#state = build.state
    this.#saidAt = now
    this.#world.stderr.write(`${text}\n`)
  }

  /** Takes the redrawn line away. */
  clear(): void {
    this.#said = ''
    if (this.#redraws) this.#world.stderr.write('\r\u{1b}[K')
  }
}
